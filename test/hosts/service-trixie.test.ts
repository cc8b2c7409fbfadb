import { testService } from './service-life.ts';

// the host of the Debian package
const packages = ['nodejs', 'tcpdump', 'tcpreplay', 'man-db', 'bash-completion'];
testService({ suite: 'trixie', packages, npm: [], systemd: 257 });
