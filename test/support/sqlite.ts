/** Python's own SQLite: a reader that is not ours. */
import { execFileSync } from 'node:child_process';

export function query(path: string, sql: string): Record<string, unknown>[] {
  const script = `import json,sqlite3,sys
c=sqlite3.connect(sys.argv[1]); c.row_factory=sqlite3.Row
print(json.dumps([dict(r) for r in c.execute(sys.argv[2])]))`;
  return JSON.parse(execFileSync('/usr/bin/python3', ['-c', script, path, sql], { encoding: 'utf8' }));
}
