#!/usr/bin/env node
// The `axle` command: main.ts under tsx.
import { runMain } from './child.mjs'

process.exitCode = await runMain(process.argv.slice(2))
