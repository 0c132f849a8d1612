import { spreadOf, type Spread } from '../evaluation/spread.ts'
import type { Cell, Marks } from './cell.ts'

/** A row of the table: what it is called, which cells it is made of, which fine-tuning of theirs, and what the paper has. */
export interface Row {
  readonly name: string
  readonly pretraining: string
  readonly tuning: string
  /** Table 1 of arXiv 2107.07651, 4 million pictures: means of R@1, R@5 and R@10 on Flickr30K, and accuracies. */
  readonly paper: { readonly textRetrieval: number; readonly imageRetrieval: number; readonly entailment: number; readonly nlvr: number; readonly vqa: number }
}

const paper = (textRetrieval: number, imageRetrieval: number, entailment: number, nlvr: number, vqa: number): Row['paper'] => ({ textRetrieval, imageRetrieval, entailment, nlvr, vqa })

/** Fine-tuning with the labels alone, and with the teacher's share in its targets. */
export const plainTuning = 'retrieval'
export const distilledTuning = 'retrieval-distilled'

/** The rows of Table 1, each with what it adds to the one above. */
export const rows: readonly Row[] = [
  { name: 'MLM + ITM', pretraining: 'mlm-itm', tuning: plainTuning, paper: paper(93.96, 88.55, 77.06, 77.51, 71.4) },
  { name: '+ ITC', pretraining: 'itc', tuning: plainTuning, paper: paper(96.55, 91.69, 79.15, 79.88, 73.29) },
  { name: '+ hard negatives', pretraining: 'hard', tuning: plainTuning, paper: paper(97.01, 92.16, 79.77, 80.35, 73.81) },
  { name: '+ distillation of ITC', pretraining: 'itc-distilled', tuning: plainTuning, paper: paper(97.33, 92.43, 79.99, 80.34, 74.06) },
  { name: '+ distillation of MLM', pretraining: 'full', tuning: plainTuning, paper: paper(97.47, 92.58, 80.12, 80.44, 74.42) },
  { name: '+ distillation downstream', pretraining: 'full', tuning: distilledTuning, paper: paper(97.83, 92.65, 80.3, 80.5, 74.54) },
]

/** Configurations of pre-training, in the order of the rows, with the fine-tunings that their rows ask for. */
export const pretrainings: readonly { readonly name: string; readonly tunings: readonly string[] }[] = [...new Set(rows.map(({ pretraining }) => pretraining))].map(name => ({
  name,
  tunings: rows.filter(({ pretraining }) => pretraining === name).map(({ tuning }) => tuning),
}))

/** Shares of captions that are swapped between pictures. */
export const noises = [0, 0.4] as const

/** Mean of R@1, R@5 and R@10, as in the paper's table. */
export const meanRecall = ({ at1, at5, at10 }: Marks['imageToText']): number => (at1 + at5 + at10) / 3

/** What is read off a cell for a row. */
export const readings = {
  /** Texts for pictures, after fine-tuning. */
  textRetrieval: (row: Row, cell: Cell): number | undefined => recall(cell.after[row.tuning]?.imageToText),
  /** Pictures for texts, after fine-tuning. */
  imageRetrieval: (row: Row, cell: Cell): number | undefined => recall(cell.after[row.tuning]?.textToImage),
  /** Both, before fine-tuning. */
  before: (_row: Row, cell: Cell): number | undefined => (meanRecall(cell.before.imageToText) + meanRecall(cell.before.textToImage)) / 2,
} as const

export type Reading = keyof typeof readings

const recall = (marks: Marks['imageToText'] | undefined): number | undefined => (marks === undefined ? undefined : meanRecall(marks))

/** A reading over the seeds of a row at one level of noise; nothing where no cell is finished. */
export const spreadAt = (cells: readonly Cell[], row: Row, noise: number, reading: Reading): Spread | undefined =>
  spreadOf(cells.filter(cell => cell.pretraining === row.pretraining && cell.noise === noise).flatMap(cell => readings[reading](row, cell) ?? []))
