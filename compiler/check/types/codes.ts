/** What each number of the type part of the checker is about. Those below AX041 are the numbers that a trace gives the same mistake. */
export const typeCodes = {
  AX001: 'an axis that a tensor does not have',
  AX002: 'operands whose axes do not fit together',
  AX003: 'an axis that is there twice',
  AX006: 'an axis that vmap hides',
  AX010: 'elements of the wrong type',
  AX012: 'something that is no tensor',
  AX014: 'trees of different shapes',
  AX016: 'a loss that is no number',
  AX022: 'a size that may be missing',
  AX031: 'a step that returns another state',
  AX041: 'a tensor with other axes than are wanted',
  AX042: 'one axis is wanted',
  AX043: 'an axis and a tensor exchanged',
  AX044: 'an element type that does not exist',
  AX045: 'a leaf that is not declared',
  AX046: 'an operator of JavaScript on tensors',
  AX047: 'a property that tensors do not have',
  AX048: 'too few or too many arguments',
  AX049: 'a body that is generic in its axes',
  AX050: 'another error about tensors',
} as const

export type TypeCode = keyof typeof typeCodes
