/** The hub as docs/fleet.md sets it up: what a sensor's and the sink's keys can do, and that a sensor's can do nothing else. */

import { execFileSync, spawnSync } from 'node:child_process';
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import { join } from 'node:path';
import { connect, credsAuthenticator, type NatsConnection, nkeyAuthenticator, nkeys } from '@nats-io/transport-node';
import { describe, expect, it, onTestFinished } from 'vitest';
import { publishPolicy } from '../../src/fleet/publish.js';
import { unpack } from '../../src/fleet/signed/envelope.js';
import { publicText, trustedKeys } from '../../src/fleet/signed/keys.js';
import { bytesOf, opened, publishTo, reading, textOf, until } from '../support/carriers.js';
import { commandsOf, hubOfThePage } from '../support/hub.js';
import { NatsServer, noNatsServer } from '../support/nats-server.js';
import { folder, has, root } from '../support/program.js';

const rights = JSON.parse(readFileSync(join(root, 'service/fleet/rights.json'), 'utf8'));

/** What the sensor web-1 tries to publish to. */
const PUBLISH = [
  ['another’s subject', 'a1.inc.web-2'],
  ['another’s sign of life', 'a1.hb.web-2'],
  ['a subject below its own', 'a1.inc.web-1.more'],
  ['its own watermark', 'a1.ctl.water.web-1'],
  ['a bundle', 'a1.ctl.bundle.default'],
  ['a nudge', 'a1.nudge'],
  ['another’s inbox', '_INBOX.web-2.x'],
  ['the sink’s inbox', '_INBOX._hub.x'],
  ['the list of streams', '$JS.API.STREAM.LIST'],
  ['the names of streams', '$JS.API.STREAM.NAMES'],
  ['what is known of a stream', '$JS.API.STREAM.INFO.A1_INC'],
  ['a new stream', '$JS.API.STREAM.CREATE.X'],
  ['deletion of a stream', '$JS.API.STREAM.DELETE.A1_INC'],
  ['a purge', '$JS.API.STREAM.PURGE.A1_INC'],
  ['deletion of a message', '$JS.API.STREAM.MSG.DELETE.A1_INC'],
  ['a message of a stream', '$JS.API.STREAM.MSG.GET.A1_INC'],
  ['a consumer', '$JS.API.CONSUMER.CREATE.A1_INC'],
  ['a consumer with a name', '$JS.API.CONSUMER.CREATE.A1_CTL.x.a1.ctl.>'],
  ['a durable consumer', '$JS.API.CONSUMER.DURABLE.CREATE.A1_CTL.x'],
  ['the next message', '$JS.API.CONSUMER.MSG.NEXT.A1_INC.x'],
  ['the last of another stream', '$JS.API.DIRECT.GET.A1_INC.a1.inc.web-2'],
  ['any of the control stream', '$JS.API.DIRECT.GET.A1_CTL'],
  ['the account', '$JS.API.INFO'],
  ['the system', '$SYS.REQ.SERVER.PING'],
] as const;

/** What it tries to listen to. */
const SUBSCRIBE = [
  ['everything', '>'],
  ['all incidents', 'a1.inc.*'],
  ['its own subject', 'a1.inc.web-1'],
  ['another’s inbox', '_INBOX.web-2.>'],
  ['the sink’s inbox', '_INBOX._hub.>'],
  ['all inboxes', '_INBOX.>'],
  ['the control stream', 'a1.ctl.>'],
  ['calls of others', '$JS.API.>'],
  ['acknowledgements', '$JS.ACK.>'],
] as const;

/** What the server says of one thing that is not allowed. */
async function complaint(nc: NatsConnection, attempt: () => void): Promise<string> {
  const status = nc.status();
  attempt();
  await nc.flush();
  let said = 'nothing';
  for await (const each of (await Promise.all([status, nc.flush()]))[0]) {
    said = each.type === 'error' ? each.error.message : each.type;
    break;
  }
  return said;
}

/** All refusals of one connection. */
async function refuses(nc: NatsConnection): Promise<void> {
  for (const [what, subject] of PUBLISH) {
    const said = await complaint(nc, () => nc.publish(subject, '{}', { reply: '_INBOX.web-1.x' }));
    expect(said, what).toBe(`Permissions Violation for Publish to "${subject}"`);
  }
  for (const [what, subject] of SUBSCRIBE) {
    const said = await complaint(nc, () => nc.subscribe(subject, { callback: () => undefined }));
    expect(said, what).toBe(`Permissions Violation for Subscription to "${subject}"`);
  }
}

describe.skipIf(noNatsServer ?? !has('openssl'))('the hub of the page', () => {
  it('gives a sensor its own calls, and the sink all that it needs', async () => {
    const hub = await hubOfThePage();
    const ca = hub.file('ca.pem');
    const sensor = await opened(hub.url, 'web-1', { ca, key: hub.file('web-1.nk') });
    const sink = await opened(hub.url, undefined, { ca, key: hub.file('sink.nk') });
    await sink.prepare();
    const end = new AbortController();
    onTestFinished(() => end.abort());
    let nudged = 0;
    void (async () => {
      for await (const _ of sensor.nudges(end.signal)) nudged++;
    })();
    await publishTo(sensor, 'a1.inc.web-1', 'one', 'one');
    await sensor.publish('a1.hb.web-1', undefined, bytesOf('alive'));
    expect(await sensor.last('a1.ctl.water.web-1')).toBeUndefined();
    await sink.publish('a1.ctl.water.web-1', 'w', bytesOf('{"seq":1}'));
    expect((await sensor.last('a1.ctl.water.web-1'))?.id).toBe('w');
    expect((await sink.last('a1.ctl.water.web-1'))?.id).toBe('w');
    const [incidents, signs] = [reading(sink, 'a1.inc.*'), reading(sink, 'a1.hb.*')];
    await until(() => incidents.length === 1 && signs.length === 1, 'read');
    await sink.nudge();
    await until(() => nudged === 1, 'nudged');
    await expect(sensor.publish('a1.inc.web-2', 'x', bytesOf('x'))).rejects.toMatchObject({ trouble: 'refused' });
    await expect(sensor.prepare()).rejects.toMatchObject({ trouble: 'refused' });
    await expect(sink.publish('a1.inc.web-1', 'x', bytesOf('x'))).rejects.toMatchObject({ trouble: 'refused' });
    await sensor.publish('a1.hb.web-2', undefined, bytesOf('x'));
    await until(() => sensor.notes.some((line) => /Permissions Violation .*a1\.hb\.web-2/.test(line)), 'said');
    expect(sink.notes.filter((line) => /Violation/.test(line))).toHaveLength(1);
    // the same under the address, which stands in the certificate as well
    const byAddress = await opened(`tls://127.0.0.1:${hub.server.at.port}`, undefined, {
      ca,
      key: hub.file('sink.nk'),
    });
    expect(byAddress.connected).toBe(true);
  });

  it('lets its owner publish an allow-list, and say nothing in the name of sensors or of the sink', async () => {
    const hub = await hubOfThePage();
    const ca = hub.file('ca.pem');
    const owner = await opened(hub.url, undefined, { ca, key: hub.file('owner.nk'), isOwner: true });
    // what the sink is sent is not for the owner's key
    const listening = await connect({
      servers: `localhost:${hub.server.at.port}`,
      tls: { caFile: ca },
      authenticator: nkeyAuthenticator(Buffer.from(readFileSync(hub.file('owner.nk'), 'utf8').trim())),
    });
    onTestFinished(() => listening.close());
    expect(await complaint(listening, () => listening.subscribe('_INBOX._hub.>', { callback: () => undefined }))).toBe(
      'Permissions Violation for Subscription to "_INBOX._hub.>"',
    );
    const { privateKey: key } = generateKeyPairSync('ed25519');
    const signer = { key, publicText: publicText(key) };
    const first = await publishPolicy(owner, 'default', [{ port: 9000 }], signer);
    // a clock that was set back
    const second = await publishPolicy(owner, 'default', [{ port: 9001 }], signer, Date.now() - 1e9);
    expect(second.serial).toBe(first.serial + 1);
    const sensor = await opened(hub.url, 'web-1', { ca, key: hub.file('web-1.nk') });
    await until(() => sensor.connected, 'connected');
    const bytes = (await sensor.last('a1.ctl.policy.default'))?.bytes ?? new Uint8Array();
    expect(unpack(bytes, trustedKeys([signer.publicText])).manifest).toMatchObject({ serial: second.serial });
    for (const subject of ['a1.inc.web-1', 'a1.ctl.water.web-1'])
      await expect(owner.publish(subject, subject, bytesOf('x'))).rejects.toMatchObject({ trouble: 'refused' });
  });

  it('refuses a sensor everything else', async () => {
    const hub = await hubOfThePage();
    const nc = await connect({
      servers: `localhost:${hub.server.at.port}`,
      tls: { caFile: hub.file('ca.pem') },
      authenticator: nkeyAuthenticator(bytesOf(readFileSync(hub.file('web-1.nk'), 'utf8').trim())),
      inboxPrefix: '_INBOX.web-1',
    });
    onTestFinished(() => nc.close());
    await refuses(nc);
  });

  it('lets nobody in without a key, with another’s, or without TLS', async () => {
    const hub = await hubOfThePage();
    const ca = hub.file('ca.pem');
    await expect(opened(hub.url, undefined, { ca })).rejects.toMatchObject({ code: 'NO_PERMISSION' });
    const at = folder();
    execFileSync(process.execPath, [join(root, 'service/fleet/new-key.mjs'), 'sensor', 'web-1'], { cwd: at });
    await expect(opened(hub.url, undefined, { ca, key: join(at, 'web-1.nk') })).rejects.toMatchObject({
      code: 'NO_PERMISSION',
    });
    const message = expect.stringContaining('certificate is not trusted');
    await expect(opened(hub.url, undefined, { key: hub.file('sink.nk') })).rejects.toMatchObject({
      code: 'NO_PERMISSION',
      message,
    });
    // the certificate does not name this one, which is the same host
    const proxy = createServer((socket) => {
      const onward = createConnection(hub.server.at, () => socket.pipe(onward).pipe(socket));
      for (const each of [socket, onward]) each.on('error', () => undefined);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.2', resolve));
    onTestFinished(() => void proxy.close());
    const other = `tls://127.0.0.2:${(proxy.address() as AddressInfo).port}`;
    await expect(opened(other, undefined, { ca, key: hub.file('sink.nk') })).rejects.toMatchObject({ message });
    // a server without TLS, where TLS is asked for
    const plain = await NatsServer.start();
    await expect(opened(`tls://127.0.0.1:${plain.at.port}`, undefined)).rejects.toMatchObject({
      code: 'NO_PERMISSION',
      message: expect.stringContaining('no TLS'),
    });
  });

  it('takes a new key beside the old one, and drops the old one, without a restart', async () => {
    const hub = await hubOfThePage();
    const ca = hub.file('ca.pem');
    const old = await opened(hub.url, 'web-1', { ca, key: hub.file('web-1.nk') });
    await until(() => old.connected, 'connected');
    const section = commandsOf('Keys');
    expect(section).toContain('new-key.mjs');
    hub.run(section);
    process.kill(hub.server.pid, 'SIGHUP');
    const before = readFileSync(hub.file('users.conf'), 'utf8');
    const lines = before.split('\n');
    const again = await opened(hub.url, 'web-1', { ca, key: hub.file('web-1.nk') });
    await until(() => again.connected, 'the new one');
    expect(old.connected).toBe(true);
    const first = lines.indexOf('  # sensor web-1');
    writeFileSync(hub.file('users.conf'), [...lines.slice(0, first), ...lines.slice(first + 2)].join('\n'));
    process.kill(hub.server.pid, 'SIGHUP');
    await until(() => !old.connected, 'the old one is dropped');
    expect(again.connected).toBe(true);
    await until(() => old.notes.some((line) => line.includes('refuses our credentials')), 'said');
  });

  it('has a unit that systemd understands', () => {
    if (!has('systemd-analyze')) return;
    const at = folder();
    const drop = join(at, 'nats-server.service.d');
    mkdirSync(drop);
    writeFileSync(join(at, 'nats-server.service'), '[Service]\nExecStart=/bin/true\n');
    writeFileSync(join(drop, 'override.conf'), readFileSync(join(root, 'service/fleet/override.conf')));
    const { stderr, status } = spawnSync('systemd-analyze', ['verify', '--man=no', join(at, 'nats-server.service')], {
      encoding: 'utf8',
    });
    expect(stderr.split('\n').filter((line) => /nats-server|override/.test(line))).toEqual([]);
    expect(status).toBe(0);
  });
});

describe.skipIf(noNatsServer)('a template of rights', () => {
  /** A token of NATS: https://docs.nats.io/running-a-nats-service/configuration/securing_nats/auth_intro/jwt */
  const token = (issuer: ReturnType<typeof nkeys.createUser>, sub: string, name: string, nats: object): string => {
    const text = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
    const claims = {
      jti: randomBytes(16).toString('hex'),
      iat: Math.floor(Date.now() / 1000),
      iss: issuer.getPublicKey(),
      name,
      sub,
      nats,
    };
    const signed = `${text({ typ: 'JWT', alg: 'ed25519-nkey' })}.${text(claims)}`;
    return `${signed}.${Buffer.from(issuer.sign(bytesOf(signed))).toString('base64url')}`;
  };

  it('gives every sensor its rights by its name, without the hub’s files naming one', async () => {
    const [operator, account, role, system] = [
      nkeys.createOperator(),
      nkeys.createAccount(),
      nkeys.createAccount(),
      nkeys.createAccount(),
    ];
    const none = { subs: -1, data: -1, payload: -1, imports: -1, exports: -1, wildcards: true, conn: -1, leaf: -1 };
    const store = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };
    const { publish, subscribe } = rights.sensor;
    const template = { pub: { allow: publish }, sub: { allow: subscribe }, subs: -1, data: -1, payload: -1 };
    const key = { kind: 'user_scope', key: role.getPublicKey(), role: 'sensor', template };
    const ofAccount = { limits: { ...none, ...store }, signing_keys: [key], type: 'account', version: 2 };
    const accounts = {
      [account.getPublicKey()]: token(operator, account.getPublicKey(), 'FLEET', ofAccount),
      [system.getPublicKey()]: token(operator, system.getPublicKey(), 'SYS', {
        limits: none,
        type: 'account',
        version: 2,
      }),
    };
    const ofOperator = { system_account: system.getPublicKey(), type: 'operator', version: 2 };
    const server = await NatsServer.start(({ listen, store: at }) =>
      [
        `listen: "${listen}"`,
        `jetstream { store_dir: "${at}" }`,
        `operator: ${token(operator, operator.getPublicKey(), 'O', ofOperator)}`,
        'resolver: MEMORY',
        `resolver_preload ${JSON.stringify(accounts)}`,
      ].join('\n'),
    );
    const credentials = (issuer: ReturnType<typeof nkeys.createUser>, name: string): string => {
      const user = nkeys.createUser();
      const of = { issuer_account: account.getPublicKey(), type: 'user', version: 2 };
      const nats = issuer === role ? of : { ...of, subs: -1, data: -1, payload: -1 };
      const jwt = token(issuer, user.getPublicKey(), name, nats);
      const seed = new TextDecoder().decode(user.getSeed());
      return `-----BEGIN NATS USER JWT-----\n${jwt}\n------END NATS USER JWT------\n\n-----BEGIN USER NKEY SEED-----\n${seed}\n------END USER NKEY SEED------\n`;
    };
    const file = (text: string): string => {
      const path = join(folder(), 'x.creds');
      writeFileSync(path, text, { mode: 0o600 });
      return path;
    };
    const sink = await opened(server.url, undefined, { key: file(credentials(account, 'sink')) });
    await sink.prepare();
    const web = credentials(role, 'web-1');
    const sensor = await opened(server.url, 'web-1', { key: file(web) });
    await publishTo(sensor, 'a1.inc.web-1', 'one', 'one');
    await sink.publish('a1.ctl.water.web-1', 'w', bytesOf('{"seq":1}'));
    expect(textOf((await sensor.last('a1.ctl.water.web-1')) ?? { bytes: bytesOf('') })).toBe('{"seq":1}');
    const nc = await connect({
      servers: `127.0.0.1:${server.at.port}`,
      authenticator: credsAuthenticator(bytesOf(web)),
      inboxPrefix: '_INBOX.web-1',
    });
    onTestFinished(() => nc.close());
    await refuses(nc);
  });
});
