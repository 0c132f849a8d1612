// expect 6:31 dot embed batch
import { dot, scalar, mul, type Tensor } from '../../../compiler/language/index.ts'

export const similarities = (image: Tensor<'batch' | 'embed'>, text: Tensor<'batch' | 'hidden'>) => {
  const scaled = mul(image, scalar(1 / 0.07))
  return dot('embed', scaled, text)
}
// says AX001 6:31-6:35 dot over 'embed': text has 'batch' 'hidden', scaled has 'batch' 'embed'
// see 4:64 text is a parameter with 'batch' 'hidden' here
// see 4:30 image is a parameter with 'batch' 'embed' here
