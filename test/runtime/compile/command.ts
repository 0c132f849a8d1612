// The compile command alone, for tests that need its exit code.
import { run } from 'cmd-ts'
import { compileCommand } from '../../../runtime/cli/compile.ts'

await run(compileCommand, process.argv.slice(2))
