/** What only a compiler can see: every lint, its number and what it says is wrong. The numbers are for good; each has a page in docs/errors. */
export const lints = {
  AX051: 'a parameter that no gradient reaches',
  AX052: 'a loss target that depends on the parameters it is to train',
  AX053: 'a random key used twice',
  AX054: 'an exchange between devices inside a layer',
  AX055: 'an input that is never used',
  AX056: 'an argument that nothing keeps away from zero',
  AX057: 'a reduction in low precision',
  AX058: 'an axis renamed and never used',
  AX059: 'a tensor as a condition or compared as a value',
  AX060: 'an explanation without a reason',
  AX061: 'an explanation of nothing',
  AX066: 'a softmax over one axis that weights a sum over another',
} as const

export type LintCode = keyof typeof lints

/** The two about explanations themselves, which no explanation silences. */
export const aboutExplanations: ReadonlySet<string> = new Set<LintCode>(['AX060', 'AX061'])
