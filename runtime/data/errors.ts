const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'no such file',
  EISDIR: 'is a folder, not a file',
  ENOTDIR: 'a part of the path is not a folder',
  EACCES: 'no permission to read or write it',
  EPERM: 'no permission to read or write it',
  ENOSPC: 'the disk is full',
  EROFS: 'the disk is read-only',
}

const codeOf = (cause: unknown): string =>
  typeof cause === 'object' && cause !== null && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''

/** What went wrong, in words and on one line, without the path (which the caller knows). */
export const describeError = (cause: unknown): string =>
  REASONS[codeOf(cause)] ?? (cause instanceof Error ? cause.message : String(cause)).replace(/\s+/g, ' ').trim()
