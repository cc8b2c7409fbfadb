import { testService } from './service-life.ts';

// with Node as docs/install.md says: its own is too old
testService({ suite: 'bookworm', packages: ['tcpdump', 'tcpreplay'], npm: ['node@22'], systemd: 252 });
