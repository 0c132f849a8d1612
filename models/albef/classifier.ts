import { argmax, at, cast, crossEntropy, crossEntropyAt, equal, mean, mix, relu, softmax, stopGradient, type Of, type Tensor } from '../../compiler/language/index.ts'
import { linear } from '../layers/linear.ts'
import { torchLinear } from './parameters.ts'

/** Two linear maps with a ReLU between them, from the class token to the scores of the answers. */
export const classifierParams = (hidden: number, answers: number) => ({
  inner: torchLinear({ hidden }, { inner: hidden }, hidden),
  outer: torchLinear({ inner: hidden }, { answer: answers }, hidden),
})

export type Classifier = Of<ReturnType<typeof classifierParams>>

export const classify = (p: Classifier, tokens: Tensor<'token' | 'hidden'>): Tensor<'answer'> => linear(p.outer, relu(linear(p.inner, at('token', 0, tokens))))

type Scores = Tensor<'batch' | 'answer'>

/** Cross-entropy with the labels, mixed with that to a teacher's softmax where there is a teacher: the mean over the batch. */
export const classificationLoss = (scores: Scores, labels: Tensor<'batch', 'i32'>, teacher: Scores | undefined, alpha: Tensor): Tensor => {
  const hard = crossEntropyAt('answer', scores, labels)
  return mean('batch', teacher === undefined ? hard : mix(alpha, hard, crossEntropy('answer', scores, stopGradient(softmax('answer', teacher)))))
}

/** Share of the batch that is answered rightly. */
export const accuracy = (scores: Scores, labels: Tensor<'batch', 'i32'>): Tensor => mean('batch', cast('f32', equal(argmax('answer', scores), labels)))
