/**
 * Which patterns of the program are the right name for an attack of our own recordings, by the attack's name. An attack that
 * is not here was recorded by others: its name is not judged.
 */
export const RIGHT_NAMES = {
  'c2-beacon': ['beacon'],
  // a scan with completed connections is told by what comes back, too: that nothing is there
  'connect-slow': ['port scan', 'refused connections'],
  'dns-tunnel': ['DNS tunnel'],
  exfil: ['large upload'],
  'http-enum': ['request flood'],
  'https-upload': ['large upload'],
  'icmp-flood': ['ping flood'],
  // looks for hosts and ports first, then tries passwords
  lateral: ['ARP sweep', 'host sweep', 'port scan', 'refused connections', 'password guessing'],
  // looks for neighbours by ARP where they share a segment
  'ping-sweep': ['ping sweep', 'ARP sweep'],
  'rev-shell': ['reversed roles'],
  slowloris: ['connection flood', 'held connections'],
  'smb-guess': ['password guessing'],
  'ssh-brute': ['password guessing'],
  'syn-flood': ['SYN flood'],
  'syn-scan': ['port scan'],
  'udp-scan': ['port scan', 'refused connections'],
  // passwords by HTTPS: all that can be seen is how many requests there are
  'web-login': ['password guessing', 'request flood'],
};

/** Whether one of `kinds` is a right name of the attack; undefined where that is not judged. */
export function isRightName(attack, kinds) {
  return Object.hasOwn(RIGHT_NAMES, attack) ? kinds.some((kind) => RIGHT_NAMES[attack].includes(kind)) : undefined;
}
