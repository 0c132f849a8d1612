// expect 6:23 mean btch batch
import { mean, mul, type Tensor } from '../../../compiler/language/index.ts'

export const batchLoss = (losses: Tensor<'batch'>, weights: Tensor<'batch'>) => {
  const weighted = mul(losses, weights)
  return mean('btch', weighted)
}
