/** What stands on one side alone, and what stands on both and differs. */
export interface Compared<B, A> {
  readonly added: readonly (readonly [name: string, after: A])[]
  readonly removed: readonly (readonly [name: string, before: B])[]
  readonly changed: readonly (readonly [name: string, before: B, after: A])[]
}

/** Two lists of things with names. */
export const compare = <X>(before: ReadonlyMap<string, X>, after: ReadonlyMap<string, X>, same: (a: X, b: X) => boolean): Compared<X, X> => ({
  added: [...after].filter(([name]) => !before.has(name)),
  removed: [...before].filter(([name]) => !after.has(name)),
  changed: [...before].flatMap(([name, old]) => {
    const now = after.get(name)
    return now === undefined || same(old, now) ? [] : [[name, old, now] as const]
  }),
})

export const isEmpty = ({ added, removed, changed }: Compared<unknown, unknown>): boolean => added.length + removed.length + changed.length === 0
