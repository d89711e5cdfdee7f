import { check } from './check.js';
import { reportText } from './report.js';

/** `node main.js FOLDER`: judges an evidence folder, prints the report, ends with 0 if every promise was kept, 1 if not, 2 if it cannot be judged. */
const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || rest.length > 0) {
  process.stderr.write('usage: node main.js <evidence folder>\n');
  process.exitCode = 2;
} else {
  try {
    const report = await check(folder);
    process.stdout.write(`${reportText(report)}\n`);
    process.exitCode = report.findings.total === 0 ? 0 : 1;
  } catch (error) {
    process.stderr.write(`${folder} cannot be judged: ${(error as Error).message}\n`);
    process.exitCode = 2;
  }
}
