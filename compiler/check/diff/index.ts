export { diffOf, type Change, type ProgramChange, type ScopeChange } from './change.ts'
export { diffText } from './text.ts'
