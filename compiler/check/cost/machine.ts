/** Devices that are alike and connected in a ring, by the figures that a prediction needs. Bytes and FLOPs are a second's. */
export interface Machine {
  readonly name: string
  readonly devices: number
  /** Products of matrices: the peak of f32 operands, and of bf16 where the machine has one, and which share of it they reach. */
  readonly products: { readonly flops: number; readonly bf16?: number | undefined; readonly efficiency: number }
  readonly memory: { readonly bytes: number; readonly bandwidth: number; readonly efficiency: number }
  /** To the next device, in one direction: each message takes `latency` seconds beside its bytes. */
  readonly link: { readonly bandwidth: number; readonly efficiency: number; readonly latency: number }
  /** The least seconds that one operation takes: its start. */
  readonly start: number
}
