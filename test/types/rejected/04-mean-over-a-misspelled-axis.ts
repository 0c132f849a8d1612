// expect 6:23 mean btch batch
import { mean, mul, type Tensor } from '../../../compiler/language/index.ts'

export const batchLoss = (losses: Tensor<'batch'>, weights: Tensor<'batch'>) => {
  const weighted = mul(losses, weights)
  return mean('btch', weighted)
}
// says AX001 6:23-6:31 mean over 'btch': weighted has 'batch'; did you mean 'batch'?
// see 4:27 losses is a parameter with 'batch' here
