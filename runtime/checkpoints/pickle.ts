// What a Python pickle says, as plain data: nothing in it is ever called, a class or a function stays a name and a call stays a record of
// what would be called. Opcodes after CPython's Lib/pickletools.py: those that protocols 2 to 5 write, and of the older ones, in text, those of plain data.

export type Pickled = null | boolean | number | string | Uint8Array | List | Dict | Global | Call | Persistent

/** A list, tuple or set. */
export interface List { readonly kind: 'list'; readonly items: Pickled[] }
export interface Dict { readonly kind: 'dict'; readonly entries: Map<Pickled, Pickled> }
/** A class or function, by its module and name. */
export interface Global { readonly kind: 'global'; readonly name: string }
/** What `callee(*args)` would give, with what was then put into it. */
export interface Call { readonly kind: 'call'; readonly callee: Global; readonly args: readonly Pickled[]; readonly entries: Map<Pickled, Pickled> }
/** Something that lies outside the pickle, such as the bytes of a tensor. */
export interface Persistent { readonly kind: 'persistent'; readonly id: Pickled }

export const isList = (x: Pickled | undefined): x is List => typeof x === 'object' && x !== null && 'kind' in x && x.kind === 'list'
export const isCall = (x: Pickled | undefined): x is Call => typeof x === 'object' && x !== null && 'kind' in x && x.kind === 'call'
export const isPersistent = (x: Pickled | undefined): x is Persistent => typeof x === 'object' && x !== null && 'kind' in x && x.kind === 'persistent'
const isGlobal = (x: Pickled | undefined): x is Global => typeof x === 'object' && x !== null && 'kind' in x && x.kind === 'global'

/** Entries of a dict, or of a class that is one (`OrderedDict`); `undefined` for anything else. */
export const entriesOf = (x: Pickled | undefined): ReadonlyMap<Pickled, Pickled> | undefined =>
  typeof x === 'object' && x !== null && 'entries' in x && x.entries instanceof Map ? x.entries : undefined

const MARK = Symbol('mark')
const decoder = new TextDecoder()

/** Bytes from the front to the back. */
const reader = (bytes: Uint8Array) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let at = 0
  const take = (length: number): number => {
    if (length < 0 || at + length > bytes.byteLength) throw new Error(`it is cut off at byte ${bytes.byteLength}`)
    at += length
    return at - length
  }
  const lineLength = (): number => {
    const end = bytes.indexOf(10, at)
    return (end < 0 ? bytes.byteLength : end) - at
  }
  const text = (length: number): string => {
    const start = take(length)
    return decoder.decode(bytes.subarray(start, start + length))
  }
  return {
    at: () => at,
    u8: () => view.getUint8(take(1)),
    u16: () => view.getUint16(take(2), true),
    u32: () => view.getUint32(take(4), true),
    i32: () => view.getInt32(take(4), true),
    u64: () => Number(view.getBigUint64(take(8), true)),
    f64: () => view.getFloat64(take(8)),
    skip: (length: number) => void take(length),
    bytes: (length: number) => {
      const start = take(length)
      return bytes.subarray(start, start + length)
    },
    /** Two's complement of any length. */
    integer: (length: number) => {
      const start = take(length)
      const unsigned = bytes.subarray(start, start + length).reduceRight((sum, byte) => sum * 256n + BigInt(byte), 0n)
      return Number(BigInt.asIntN(8 * length, unsigned))
    },
    text,
    line: () => {
      const found = text(lineLength())
      take(1)
      return found
    },
    /** The same, a character a byte. */
    latinLine: () => {
      const [length, start] = [lineLength(), at]
      take(length + 1)
      return Array.from(bytes.subarray(start, start + length), byte => String.fromCharCode(byte)).join('')
    },
  }
}

type Reader = ReturnType<typeof reader>

/** The stack machine that a pickle is a program for. */
const machine = () => {
  const stack: (Pickled | typeof MARK)[] = []
  const memo = new Map<number, Pickled>()
  const pop = (): Pickled => {
    const top = stack.pop()
    if (top === undefined || top === MARK) throw new Error('it takes more than it has put down')
    return top
  }
  const top = (): Pickled => {
    const value = pop()
    stack.push(value)
    return value
  }
  const sinceMark = (): Pickled[] => {
    const from = stack.lastIndexOf(MARK)
    if (from < 0) throw new Error('it takes more than it has put down')
    return stack.splice(from).filter((each): each is Pickled => each !== MARK)
  }
  const push = (value: Pickled | typeof MARK): void => void stack.push(value)
  return {
    push, pop, top, sinceMark,
    list: (items: Pickled[]) => push({ kind: 'list', items }),
    popped: (count: number): Pickled[] => Array.from({ length: count }, pop).reverse(),
    remember: (index: number) => void memo.set(index, top()),
    memoize: () => void memo.set(memo.size, top()),
    recall: (index: number) => {
      const value = memo.get(index)
      if (value === undefined) throw new Error(`it looks up ${index}, which it has not put away`)
      push(value)
    },
    append: (items: readonly Pickled[]) => {
      const onto = top()
      if (isList(onto)) onto.items.push(...items)
    },
    set: (pairs: readonly Pickled[]) => {
      const entries = entriesOf(top())
      if (!(entries instanceof Map)) throw new Error('it puts entries into something that has none')
      for (let i = 0; i + 1 < pairs.length; i += 2) entries.set(pairs[i] ?? null, pairs[i + 1] ?? null)
    },
    call: (args: Pickled, callee: Pickled) => {
      if (!isGlobal(callee)) throw new Error('it calls something that is no name')
      push({ kind: 'call', callee, args: isList(args) ? args.items : [args], entries: new Map() })
    },
  }
}

type Machine = ReturnType<typeof machine>

/** Digits of an older pickle; 00 and 01 are its booleans. */
const written = (line: string): boolean | number => {
  const value = Number(line.replace(/L$/, ''))
  if (line.trim() === '' || Number.isNaN(value)) throw new Error(`it has '${line.slice(0, 40)}' where a number belongs`)
  return line === '00' ? false : line === '01' ? true : value
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }

/** A string as Python writes it: between quotes, with escapes. */
const quoted = (line: string): string => {
  const [, quote, text] = /^(['"])(.*)\1$/s.exec(line) ?? []
  if (quote === undefined || text === undefined) throw new Error(`it has ${line.slice(0, 40)} where a string in quotes belongs`)
  return text.replace(/\\(?:x([0-9a-f]{2})|([0-7]{1,3})|(.))/gis, (_, hex?: string, octal?: string, letter = '') =>
    hex !== undefined ? String.fromCharCode(Number.parseInt(hex, 16)) : octal !== undefined ? String.fromCharCode(Number.parseInt(octal, 8)) : ESCAPED[letter] ?? letter)
}

/** A unicode string of an older pickle: characters as they are, but for \\uXXXX and \\UXXXXXXXX. */
const raw = (line: string): string => line.replace(/\\u([0-9a-f]{4})|\\U([0-9a-f]{8})/gi, (all, short?: string, long?: string) => {
  const point = Number.parseInt(short ?? long ?? '', 16)
  return point <= 0x10ffff ? String.fromCodePoint(point) : all
})

const global = (module: string, name: string): Global => ({ kind: 'global', name: `${module}.${name}` })

/** What each opcode does. Attributes of an object (BUILD) say nothing about tensors and are left out. */
const opcodes: Readonly<Record<string, (m: Machine, r: Reader) => void>> = {
  '\x80': (_, r) => r.skip(1), '\x95': (_, r) => r.skip(8),
  '(': m => m.push(MARK), '0': m => void m.pop(), '1': m => void m.sinceMark(), '2': m => m.push(m.top()),
  'N': m => m.push(null), '\x88': m => m.push(true), '\x89': m => m.push(false),
  'J': (m, r) => m.push(r.i32()), 'K': (m, r) => m.push(r.u8()), 'M': (m, r) => m.push(r.u16()), 'G': (m, r) => m.push(r.f64()),
  '\x8a': (m, r) => m.push(r.integer(r.u8())), '\x8b': (m, r) => m.push(r.integer(r.u32())),
  'X': (m, r) => m.push(r.text(r.u32())), '\x8c': (m, r) => m.push(r.text(r.u8())), '\x8d': (m, r) => m.push(r.text(r.u64())),
  'U': (m, r) => m.push(r.text(r.u8())), 'T': (m, r) => m.push(r.text(r.u32())),
  'C': (m, r) => m.push(r.bytes(r.u8())), 'B': (m, r) => m.push(r.bytes(r.u32())), '\x8e': (m, r) => m.push(r.bytes(r.u64())), '\x96': (m, r) => m.push(r.bytes(r.u64())),
  ')': m => m.list([]), ']': m => m.list([]), '\x8f': m => m.list([]), 't': m => m.list(m.sinceMark()), 'l': m => m.list(m.sinceMark()), '\x91': m => m.list(m.sinceMark()),
  '\x85': m => m.list(m.popped(1)), '\x86': m => m.list(m.popped(2)), '\x87': m => m.list(m.popped(3)),
  '}': m => m.push({ kind: 'dict', entries: new Map() }),
  'a': m => m.append(m.popped(1)), 'e': m => m.append(m.sinceMark()), '\x90': m => m.append(m.sinceMark()),
  's': m => m.set(m.popped(2)), 'u': m => m.set(m.sinceMark()),
  'q': (m, r) => m.remember(r.u8()), 'r': (m, r) => m.remember(r.u32()), '\x94': m => m.memoize(),
  'h': (m, r) => m.recall(r.u8()), 'j': (m, r) => m.recall(r.u32()),
  'c': (m, r) => m.push(global(r.line(), r.line())),
  '\x93': m => {
    const [module, name] = m.popped(2)
    m.push(global(String(module), String(name)))
  },
  'R': m => m.call(m.pop(), m.pop()), '\x81': m => m.call(m.pop(), m.pop()), 'b': m => void m.pop(),
  'Q': m => m.push({ kind: 'persistent', id: m.pop() }),
  'I': (m, r) => m.push(written(r.line())), 'L': (m, r) => m.push(written(r.line())), 'F': (m, r) => m.push(written(r.line())),
  'S': (m, r) => m.push(quoted(r.line())), 'V': (m, r) => m.push(raw(r.latinLine())),
  'p': (m, r) => m.remember(Number(r.line())), 'g': (m, r) => m.recall(Number(r.line())),
  'd': m => {
    const pairs = m.sinceMark()
    m.push({ kind: 'dict', entries: new Map() })
    m.set(pairs)
  },
}

/** Reads a pickle. Throws one sentence about it where it is none, is cut off, or uses an opcode that neither plain data nor state dicts need. */
export const unpickle = (bytes: Uint8Array): Pickled => {
  const [m, r] = [machine(), reader(bytes)]
  for (;;) {
    const at = r.at()
    const opcode = String.fromCharCode(r.u8())
    if (opcode === '.') return m.pop()
    const act = opcodes[opcode]
    if (act === undefined) throw new Error(`the opcode 0x${opcode.charCodeAt(0).toString(16)} at byte ${at} is none that plain data or a state dict needs`)
    act(m, r)
  }
}
