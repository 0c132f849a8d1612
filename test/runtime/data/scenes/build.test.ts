import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as E from 'fp-ts/Either'
import sharp from 'sharp'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { decodePicture } from '../../../../runtime/data/images.ts'
import { answerFile, buildScenes, proposalFile, sceneFile, type SceneSet } from '../../../../runtime/data/scenes/build.ts'
import { type Box, overlap } from '../../../../runtime/data/boxes.ts'
import { sceneFloors } from '../../../../runtime/evaluation/scene-floors.ts'
import { sceneSheet } from '../../../../runtime/evaluation/scene-sheet.ts'
import { SCENE_SPLITS, type SceneSplit } from '../../../../runtime/data/scenes/splits.ts'

interface Truth {
  readonly image: string
  readonly image_id: string
  readonly things: readonly { readonly noun: string; readonly style: string; readonly bbox: Box }[]
  readonly card?: Box
}

const SCENES = { train: 36, val: 12, test_twemoji: 12, test_openmoji: 12, test_unseen: 12 }

const json = <A>(file: string): A => JSON.parse(readFileSync(file, 'utf8'))
const built = async (folder: string, seed = 1): Promise<SceneSet> => {
  const set = await buildScenes({ size: 64, folder, scenes: SCENES, seed })()
  if (E.isLeft(set)) throw new Error(set.left)
  return set.right
}
const truths = (folder: string, split: SceneSplit) => json<readonly Truth[]>(join(folder, `scenes_${split}.json`))

/** How often each (text, answer) pair of entries occurs, by text. */
const answersByText = (pairs: readonly (readonly [text: string, answer: string])[]): Map<string, Map<string, number>> => {
  const all = new Map<string, Map<string, number>>()
  for (const [text, answer] of pairs) {
    const own = all.get(text) ?? new Map<string, number>()
    all.set(text, own.set(answer, (own.get(answer) ?? 0) + 1))
  }
  return all
}

/** The set is built once for all tests of this file. */
let kept: { readonly folder: string; readonly set: SceneSet } | undefined
const parent = mkdtempSync(join(tmpdir(), 'axle-scenes-'))
test.after(() => rmSync(parent, { recursive: true, force: true }))
const withSet = async (check: (folder: string, set: SceneSet) => Promise<void>): Promise<void> => {
  const folder = join(parent, 'scenes')
  kept ??= { folder, set: await built(folder) }
  assert.ok(kept.set.built)
  await check(folder, kept.set)
}

test('a set: pictures, true boxes, held-out styles and nouns, words that do not tell the answer', () =>
  withSet(async (folder, set) => {
    const trained = new Set(truths(folder, 'train').flatMap(({ things }) => things.map(({ noun }) => noun)))
    assert.is(set.unseenNouns.length, 18)
    for (const noun of set.unseenNouns) assert.not.ok(trained.has(noun), noun)
    for (const split of SCENE_SPLITS) {
      const scenes = truths(folder, split)
      assert.is(scenes.length, SCENES[split])
      assert.is(set.splits[split].scenes, SCENES[split])
      for (const { things } of scenes) {
        assert.ok(things.length >= 1 && things.length <= 4)
        for (const { style, noun } of things) {
          if (split === 'test_twemoji' || split === 'test_openmoji') assert.is(style, split.slice('test_'.length))
          else assert.not.ok(style === 'twemoji' || style === 'openmoji')
          assert.is(set.unseenNouns.includes(noun), split === 'test_unseen')
        }
      }
    }
    const statements = json<{ sentence: string; label: string }[]>(sceneFile(folder, 'entailment', 'train'))
    assert.ok(statements.length > 40)
    for (const [text, answers] of answersByText(statements.map(({ sentence, label }) => [sentence, label]))) {
      assert.is(answers.size, 3, text)
      assert.is(new Set(answers.values()).size, 1, text)
    }
    const pairs = json<{ sentence: string; label: string; images: string[] }[]>(sceneFile(folder, 'nlvr', 'train'))
    assert.ok(pairs.length > 30)
    for (const [text, answers] of answersByText(pairs.map(({ sentence, label }) => [sentence, label]))) assert.is(answers.get('True'), answers.get('False'), text)
    const assigned = json<{ images: string[]; sentence: string; label: string }[]>(sceneFile(folder, 'assignment', 'train'))
    const captionsOfPicture = new Map(json<{ image: string; caption: string[] }[]>(sceneFile(folder, 'caption', 'train')).map(({ image, caption }) => [image, caption]))
    assert.ok(assigned.length > 15)
    const inTurn = ['first', 'second', 'neither'].map((label) => assigned.filter((one) => one.label === label).length)
    assert.ok(Math.max(...inTurn) - Math.min(...inTurn) <= SCENES.train / 12, inTurn.join())
    // What is said of the scenes in words counts their things: a picture that the caption is not of shows others.
    const shows = (image: string | undefined, sentence: string): boolean => (captionsOfPicture.get(image ?? '') ?? []).some((own) => own.split(/,? (?:and|with) |, | (?:left|right) of | above | below /).sort().join() === sentence.split(/,? (?:and|with) |, | (?:left|right) of | above | below /).sort().join())
    for (const { images, sentence, label } of assigned) {
      assert.is.not(images[0], images[1])
      assert.equal(images.map((image) => shows(image, sentence)), [label === 'first', label === 'second'], `${sentence}: ${label}`)
    }
    const questions = json<{ question: string; answer: string[] }[]>(sceneFile(folder, 'vqa', 'train'))
    const list = new Set(json<string[]>(answerFile(folder)))
    for (const { answer } of questions) for (const one of answer) assert.ok(list.has(one), one)
    for (const [text, answers] of answersByText(questions.map(({ question, answer }) => [question, answer[0] ?? ''])))
      if (text.startsWith('is ')) assert.is(answers.get('yes'), answers.get('no'), text)
  }))

test('boxes fit what is drawn, and exactly one proposal fits what an expression means', () =>
  withSet(async (folder) => {
    for (const { image, things, card } of truths(folder, 'train').slice(0, 12)) {
      const picture = await decodePicture(join(folder, image))()
      if (E.isLeft(picture)) throw new Error(picture.left)
      const { data, height, width } = picture.right
      assert.equal([height, width], [64, 64])
      const pixel = (row: number, column: number) => [...data.subarray((row * width + column) * 3, (row * width + column) * 3 + 3)]
      const inside = (row: number, column: number) =>
        [...things.map(({ bbox }) => bbox), ...(card === undefined ? [] : [card])].some(
          ([left, top, w, h]) => column >= left - 1 && column <= left + w && row >= top - 1 && row <= top + h,
        )
      const outside = new Set<string>()
      for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) if (!inside(row, column)) outside.add(pixel(row, column).join())
      assert.ok(outside.size <= 4, `${image}: what lies outside of the boxes is background, with at most a soft edge: ${[...outside].join(' ')}`)
    }
    const proposals = json<Record<string, Box[]>>(proposalFile(folder))
    const expressions = json<{ image_id: string; bbox: Box; text: string }[]>(sceneFile(folder, 'grounding', 'train'))
    assert.ok(expressions.length > 45)
    for (const { image_id, bbox, text } of expressions) {
      const right = proposals[image_id]?.filter((box) => overlap(box, bbox) >= 0.5) ?? []
      assert.is(right.length, 1, `${image_id}: ${text}`)
      assert.ok((proposals[image_id]?.length ?? 0) >= 4)
    }
  }))

test('floors of a built set: words alone are at chance, and boxes far from all; a sheet of it', () =>
  withSet(async (folder) => {
    const floors = await sceneFloors(folder)()
    if (E.isLeft(floors)) throw new Error(floors.left)
    const share = (task: string, floor: string) => floors.right.filter((one) => one.task === task && one.floor === floor).map((one) => one.share)
    const parts = SCENE_SPLITS.length - 1
    for (const floor of ['majority', 'text only']) {
      assert.equal(share('entailment', floor), Array(parts).fill(1 / 3), floor)
      assert.equal(share('two pictures', floor), Array(parts).fill(1 / 2), floor)
    }
    for (const random of share('grounding', 'random box')) assert.ok(random > 0.1 && random < 0.25, String(random))
    const sheet = await sceneSheet(folder, 'test_twemoji')()
    if (E.isLeft(sheet)) throw new Error(sheet.left)
    assert.is((await sharp(sheet.right).metadata()).format, 'png')
    const missing = await sceneFloors(join(folder, 'nowhere'))()
    assert.is(E.isLeft(missing) ? missing.left : '', `${join(folder, 'nowhere', 'proposals.json')}: no such file`)
  }))

test('the same seed gives the same set, another seed another', () =>
  withSet(async (one) => {
    const [same, other] = [`${one}-same`, `${one}-other`]
    await built(same)
    await built(other, 2)
    const files = ['proposals.json', 'vqa_train.json', 'entailment_val.json', 'train/00003.png']
    for (const file of files) {
      assert.ok(readFileSync(join(one, file)).equals(readFileSync(join(same, file))), file)
      assert.not.ok(readFileSync(join(one, file)).equals(readFileSync(join(other, file))), file)
    }
    assert.not.ok((await built(one)).built)
  }))

test.run()
