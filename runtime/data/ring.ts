/**
 * Batches that worker threads have made ahead, in memory shared with the main thread. Worker threads take tickets
 * 0, 1, 2 … (one a step); ticket t belongs to slot t mod `slots`, in its round t div `slots`. A slot's turn is twice the
 * round while that round's batch is still to be made, and one more when it is ready to be taken.
 */
export interface Ring {
  readonly slots: number
  readonly tickets: Int32Array
  readonly turns: Int32Array
  readonly image: Uint8Array
  readonly picture: Int32Array
  readonly caption: Int32Array
}

export const createRing = (slots: number, batch: number, imageBytes: number): Ring => {
  const integers = (count: number) => new Int32Array(new SharedArrayBuffer(count * Int32Array.BYTES_PER_ELEMENT))
  return {
    slots,
    tickets: integers(1),
    turns: integers(slots),
    image: new Uint8Array(new SharedArrayBuffer(slots * imageBytes)),
    picture: integers(slots * batch),
    caption: integers(slots * batch),
  }
}

const placeOf = (ring: Ring, ticket: number) => ({ slot: ticket % ring.slots, free: 2 * Math.floor(ticket / ring.slots) })

/** The memory of a ticket's slot; views, not copies. */
export const slotOf = (ring: Ring, ticket: number): { image: Uint8Array; picture: Int32Array; caption: Int32Array } => {
  const { slot } = placeOf(ring, ticket)
  const part = <A extends { length: number; subarray: (start: number, end: number) => A }>(all: A): A =>
    all.subarray((slot * all.length) / ring.slots, ((slot + 1) * all.length) / ring.slots)
  return { image: part(ring.image), picture: part(ring.picture), caption: part(ring.caption) }
}

/** A worker's next ticket. Blocks the thread until the ticket's slot has been emptied. */
export const nextFree = (ring: Ring): number => {
  const ticket = Atomics.add(ring.tickets, 0, 1)
  const { slot, free } = placeOf(ring, ticket)
  for (let turn = Atomics.load(ring.turns, slot); turn !== free; turn = Atomics.load(ring.turns, slot)) Atomics.wait(ring.turns, slot, turn)
  return ticket
}

export const markReady = (ring: Ring, ticket: number): void => {
  const { slot, free } = placeOf(ring, ticket)
  Atomics.store(ring.turns, slot, free + 1)
}

export const isReady = (ring: Ring, ticket: number): boolean => {
  const { slot, free } = placeOf(ring, ticket)
  return Atomics.load(ring.turns, slot) === free + 1
}

/** Gives a slot whose batch has been taken back to the workers. */
export const markTaken = (ring: Ring, ticket: number): void => {
  const { slot, free } = placeOf(ring, ticket)
  Atomics.store(ring.turns, slot, free + 2)
  Atomics.notify(ring.turns, slot)
}
