import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { array, command, multioption, number, option, optional, positional, string } from 'cmd-ts'
import { decodePictures } from '../data/decode-pictures.ts'
import { describeError } from '../data/errors.ts'
import { writeSheet } from '../evaluation/contact.ts'
import { searchPictures } from '../evaluation/search.ts'
import { openTokenizer } from '../training/data.ts'
import { openedRun, trainedModel } from '../training/evaluate.ts'
import { progressBar } from '../training/progress.ts'
import { need, refusable, Refusal } from '../training/refusal.ts'

interface Asked {
  readonly run: string
  readonly images: string
  readonly text: readonly string[]
  readonly count: number
  readonly out: string | undefined
}

const PICTURE = /\.(png|jpe?g|webp|gif|tiff?|avif)$/i

const pictureFiles = async (folder: string): Promise<readonly string[]> => {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new Refusal(`--images ${folder}: ${describeError(cause)}`)
  })
  const files = names.filter(name => PICTURE.test(name)).sort().map(name => join(folder, name))
  if (files.length === 0) throw new Refusal(`--images ${folder}: there is no picture in it`)
  return files
}

/** Finds the best pictures of a folder for each text, prints them and draws a contact sheet. Returns the exit code. */
export const search = ({ run: path, images, text: texts, count, out }: Asked): Promise<number> =>
  refusable(async () => {
    if (texts.length === 0) throw new Refusal('nothing to search for: say it with --text')
    if (!Number.isInteger(count) || count < 1) throw new Refusal(`--count ${count}: wanted a whole number from 1`)
    const opened = await openedRun(path)
    const { job, run } = opened
    if (job.retrieval === undefined) throw new Refusal(`${path}: '${job.name}' has no programs for retrieval: runs of pre-training, retrieval and grounding have`)
    const files = await pictureFiles(images)
    const size = job.data.picture
    const { pixels, failures } = await decodePictures(files, size)
    for (const { reason } of failures) process.stderr.write(`${reason}; the picture is skipped\n`)
    const failed = new Set(failures.map(({ index }) => index))
    const readable = files.filter((_, index) => !failed.has(index))
    if (readable.length === 0) throw new Refusal(`--images ${images}: none of its pictures can be read`)
    const tokenizer = need(await openTokenizer())
    const session = await trainedModel(opened)
    const bar = progressBar(process.stderr, 'looking at the pictures', readable.length)
    const found = searchPictures({ session, programs: job.retrieval, pixels, pictures: readable.length, texts, tokenizer, tokens: job.data.tokens, count, onRows: done => bar.update(done) })
    bar.finish()
    session.close()
    const bytes = size * size * 3
    const rows = found.map((all, row) => ({ caption: texts[row] ?? '', pictures: all.map(({ picture }) => ({ pixels: pixels.subarray(picture * bytes, (picture + 1) * bytes), size, correct: false })) }))
    const file = out ?? join(run.path, 'search.png')
    need(await writeSheet(file, { title: `Best of ${readable.length} pictures by matching score`, rows, judged: false })())
    for (const [row, all] of found.entries()) {
      process.stdout.write(`${texts[row] ?? ''}\n`)
      for (const { picture, matching, similarity } of all) process.stdout.write(`  ${readable[picture] ?? ''}  matching ${matching.toFixed(2)}, similarity ${similarity.toFixed(3)}\n`)
    }
    process.stdout.write(`${file}\n`)
    return 0
  })

/** `axle search out/emoji-… --images DIR --text "…"`. Exit codes: 0 done, 1 the backend failed, 2 bad input. */
export const searchCommand = command({
  name: 'search',
  description: 'Finds the pictures of a folder that belong to a text best, by similarity and then by the matching head: a list and a contact sheet.',
  args: {
    run: positional({ type: string, displayName: 'RUN', description: 'the folder of a run of pre-training, retrieval or grounding' }),
    images: option({ type: string, long: 'images', description: 'a folder of pictures' }),
    text: multioption({ type: array(string), long: 'text', description: 'what to look for; may be given several times' }),
    count: option({ type: number, long: 'count', description: 'pictures for each text', defaultValue: () => 8, defaultValueIsSerializable: true }),
    out: option({ type: optional(string), long: 'out', description: 'the PNG to write; search.png in the folder of the run without it' }),
  },
  handler: async asked => {
    process.exit(await search(asked))
  },
})
