import { basename, extname, join } from 'node:path'
import { command, option, optional, positional, string } from 'cmd-ts'
import { writeAtomically, writeBytes } from '../checkpoints/atomic.ts'
import { preCaption } from '../data/captions.ts'
import { decodePicture, squarePicture } from '../data/images.ts'
import { labelledSheet } from '../evaluation/map-sheet.ts'
import { lookAt, lookedPanels } from '../evaluation/word-maps.ts'
import { openTokenizer } from '../training/data.ts'
import { openedRun, trainedModel } from '../training/evaluate.ts'
import { need, refusable, Refusal } from '../training/refusal.ts'

interface Asked {
  readonly run: string
  readonly image: string
  readonly text: string
  readonly out: string | undefined
}

/** Writes where a run's model looks in a picture for each word of a text and for the whole of it. Returns the exit code. */
export const drawMaps = ({ run: path, image, text, out }: Asked): Promise<number> =>
  refusable(async () => {
    const opened = await openedRun(path)
    const { job, run } = opened
    if (job.maps === undefined) throw new Refusal(`${path}: '${job.name}' has no programs for maps: runs of pre-training, retrieval and grounding have`)
    const size = job.data.picture
    const picture = { pixels: squarePicture(need(await decodePicture(image)()), size), size }
    const tokenizer = need(await openTokenizer())
    const ids = tokenizer.encode(preCaption(text), job.data.tokens)
    if (ids.length < 3) throw new Refusal(`--text '${text}': there are no words in it`)
    const session = await trainedModel(opened, job.maps.programs)
    const looked = need(lookAt(session, job.maps, picture, ids, tokenizer))
    session.close()
    const file = out ?? join(run.path, `gradcam-${basename(image, extname(image))}.png`)
    const png = await labelledSheet(lookedPanels(picture, text, looked))
    need(await writeAtomically(file, handle => writeBytes(handle, png))())
    process.stdout.write(`${file}\n`)
    return 0
  })

/** `axle gradcam out/emoji-… --image F --text "…"`. Exit codes: 0 done, 1 the backend failed, 2 bad input. */
export const gradcamCommand = command({
  name: 'gradcam',
  description: 'Draws where a trained model looks in a picture: for each word of a text and for the whole of it.',
  args: {
    run: positional({ type: string, displayName: 'RUN', description: 'the folder of a run of pre-training, retrieval or grounding' }),
    image: option({ type: string, long: 'image', description: 'a picture' }),
    text: option({ type: string, long: 'text', description: 'words about it' }),
    out: option({ type: optional(string), long: 'out', description: 'the PNG to write; gradcam-<picture>.png in the folder of the run without it' }),
  },
  handler: async asked => {
    process.exit(await drawMaps(asked))
  },
})
