// A network from which only the registries can be reached: a name space whose one other end is a proxy and a name server, both
// here. The proxy passes on what goes to a registry; everything else is written down and gets no answer.
import { execFileSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { createServer, request } from 'node:http';
import { connect } from 'node:net';

const INSIDE = '10.98.0.2';
const OUTSIDE = '10.98.0.1';
const PROXY_PORT = 3128;

/**
 * @param {string} name of the name space and its interfaces; at most 12 characters
 * @param {Set<string>} registries hosts
 * @returns {Promise<{path: string, env: Record<string, string>, nameserver: string, others: () => string[], close: () => void}>}
 *   `others`: the hosts that were asked for since the last call and are no registry
 */
export async function registryOnly(name, registries) {
  const ip = (...args) => execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
  ip('netns', 'add', name);
  ip('link', 'add', `${name}-o`, 'type', 'veth', 'peer', 'name', `${name}-i`, 'netns', name);
  ip('addr', 'add', `${OUTSIDE}/30`, 'dev', `${name}-o`);
  ip('link', 'set', `${name}-o`, 'up');
  ip('-n', name, 'addr', 'add', `${INSIDE}/30`, 'dev', `${name}-i`);
  ip('-n', name, 'link', 'set', `${name}-i`, 'up');
  ip('-n', name, 'link', 'set', 'lo', 'up');

  let others = [];
  const proxy = createServer((asked, answer) => {
    const { hostname, port, pathname, search } = new URL(asked.url);
    if (!registries.has(hostname)) {
      others.push(hostname);
      asked.socket.destroy();
      return;
    }
    const onward = request(
      { hostname, port, path: pathname + search, method: asked.method, headers: asked.headers },
      (got) => {
        answer.writeHead(got.statusCode, got.headers);
        got.pipe(answer);
      },
    );
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  proxy.on('connect', (asked, socket) => {
    const [hostname, port] = asked.url.split(':');
    socket.on('error', () => undefined);
    if (!registries.has(hostname)) {
      others.push(hostname);
      socket.destroy();
      return;
    }
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
      onward.pipe(socket).pipe(onward);
    });
    onward.on('error', () => socket.destroy());
    socket.on('close', () => onward.destroy());
  });
  await new Promise((done) => proxy.listen(PROXY_PORT, OUTSIDE, done));

  // whoever does not use the proxy asks for a name first
  const names = createSocket('udp4').on('message', (message) => {
    const host = questionOf(message);
    if (!registries.has(host)) others.push(host);
  });
  await new Promise((done) => names.bind(53, OUTSIDE, done));

  const address = `http://${OUTSIDE}:${PROXY_PORT}`;
  return {
    path: `/run/netns/${name}`,
    env: { http_proxy: address, https_proxy: address, HTTP_PROXY: address, HTTPS_PROXY: address },
    nameserver: OUTSIDE,
    others() {
      const seen = [...new Set(others)];
      others = [];
      return seen;
    },
    close() {
      proxy.closeAllConnections();
      proxy.close();
      names.close();
      ip('netns', 'del', name);
    },
  };
}

/** The name in a DNS question (RFC 1035, 4.1.2). */
function questionOf(message) {
  const labels = [];
  for (let at = 12; message[at] > 0; at += message[at] + 1)
    labels.push(message.toString('latin1', at + 1, at + 1 + message[at]));
  return labels.join('.');
}
