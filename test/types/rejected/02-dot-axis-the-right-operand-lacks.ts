// expect 6:31 dot embed batch
import { dot, scalar, mul, type Tensor } from '../../../compiler/language/index.ts'

export const similarities = (image: Tensor<'batch' | 'embed'>, text: Tensor<'batch' | 'hidden'>) => {
  const scaled = mul(image, scalar(1 / 0.07))
  return dot('embed', scaled, text)
}
