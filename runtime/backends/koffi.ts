/** koffi runs a foreign function on a stack of its own. TensorFlow takes a program apart on the caller's, which by default would be 128 KiB. */
const stack = 16 * 2 ** 20
const settings = { sync_stack_size: stack, async_stack_size: stack, async_heap_size: 2 ** 20, resident_async_pools: 1, max_async_calls: 16 }

const configured = async () => {
  const { default: koffi } = await import('koffi')
  koffi.config(settings)
  return koffi
}

let loaded: ReturnType<typeof configured> | undefined

/** Calls into C libraries. Settings count only before the first of them, so everybody gets koffi here. Rejects where koffi has no build. */
export const loadKoffi = (): ReturnType<typeof configured> => (loaded ??= configured())
