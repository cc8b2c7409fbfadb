// Adds up test results and steps in a folder and prints the closing line of counts.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const dir = process.argv[2];
let passed = 0;
let failed = 0;
let skipped = 0;
for (const name of readdirSync(dir).filter((file) => file.endsWith('.json'))) {
  const result = JSON.parse(readFileSync(join(dir, name), 'utf8'));
  passed += result.numPassedTests;
  failed += result.numFailedTests + (result.numFailedTests === 0 && !result.success ? 1 : 0);
  skipped += result.numPendingTests + result.numTodoTests;
}
const steps = existsSync(join(dir, 'steps')) ? readFileSync(join(dir, 'steps'), 'utf8').trim().split('\n') : [];
passed += steps.filter((line) => line === 'pass').length;
failed += steps.filter((line) => line.startsWith('fail')).length;
for (const line of steps.filter((step) => step.startsWith('fail'))) console.log(line);
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 && passed > 0 ? 0 : 1;
