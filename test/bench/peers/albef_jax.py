"""A pre-training step of ALBEF (arXiv 2107.07651) in JAX, to be timed beside ours: python albef_jax.py SIZES VARIANT

As albef_torch.py, with the same requests and answers: one jitted function from state to state, whose state is donated. Parameters have the names of
official checkpoints; what is computed, and in how many passes, is what the official code computes.
"""
import json
import math
import sys
import time

import jax
import jax.numpy as jnp
import numpy as np

VARIANTS = ("jit",)


def linear(p, name, x):
    return x @ p[f"{name}.weight"].T + p[f"{name}.bias"]


def norm(p, name, x, epsilon=1e-12):
    centred = x - x.mean(-1, keepdims=True)
    return centred * jax.lax.rsqrt((centred * centred).mean(-1, keepdims=True) + epsilon) * p[f"{name}.weight"] + p[f"{name}.bias"]


def gelu(x):
    return jax.nn.gelu(x, approximate=False)


def normalized(x):
    return x / jnp.maximum(jnp.linalg.norm(x, axis=-1, keepdims=True), 1e-12)


class Dropout:
    """Draws from one key, a new number for each place; without a key nothing is dropped."""

    def __init__(self, key, rate):
        self.key, self.rate, self.count = key, rate, 0

    def __call__(self, x):
        if self.rate == 0:
            return x
        self.count += 1
        kept = jax.random.bernoulli(jax.random.fold_in(self.key, self.count), 1 - self.rate, x.shape)
        return jnp.where(kept, x / (1 - self.rate), 0)


def attend(q, k, v, heads, mask, drop):
    q, k, v = (x.reshape(*x.shape[:2], heads, -1).transpose(0, 2, 1, 3) for x in (q, k, v))
    scores = q @ k.swapaxes(-1, -2) / math.sqrt(q.shape[-1])
    mixed = drop(jax.nn.softmax(scores if mask is None else scores + mask, -1)) @ v
    return mixed.transpose(0, 2, 1, 3).reshape(mixed.shape[0], mixed.shape[2], -1)


def see(p, vision, image):
    """The vision transformer."""
    side, patch, kept = vision["image"] // vision["patch"], vision["patch"], Dropout(None, 0)
    patches = image.reshape(len(image), 3, side, patch, side, patch).transpose(0, 2, 4, 1, 3, 5).reshape(len(image), side * side, -1)
    x = patches @ p["patch_embed.proj.weight"].reshape(vision["hidden"], -1).T + p["patch_embed.proj.bias"]
    x = jnp.concatenate([jnp.broadcast_to(p["cls_token"], (len(image), 1, vision["hidden"])), x], 1) + p["pos_embed"]
    for i in range(vision["layers"]):
        name = f"blocks.{i}"
        parts = jnp.split(linear(p, f"{name}.attn.qkv", norm(p, f"{name}.norm1", x, 1e-6)), 3, -1)
        x = x + linear(p, f"{name}.attn.proj", attend(*parts, vision["heads"], None, kept))
        x = x + linear(p, f"{name}.mlp.fc2", gelu(linear(p, f"{name}.mlp.fc1", norm(p, f"{name}.norm2", x, 1e-6))))
    return norm(p, "norm", x, 1e-6)


def attended(p, name, x, context, heads, mask, drop):
    q, k, v = (linear(p, f"{name}.self.{part}", of) for part, of in (("query", x), ("key", context), ("value", context)))
    return norm(p, f"{name}.output.LayerNorm", drop(linear(p, f"{name}.output.dense", attend(q, k, v, heads, mask, drop))) + x)


def layer(p, i, text, x, mask, drop, image=None):
    name = f"bert.encoder.layer.{i}"
    x = attended(p, f"{name}.attention", x, x, text["heads"], mask, drop)
    if image is not None:
        x = attended(p, f"{name}.crossattention", x, image, text["heads"], None, drop)
    inner = gelu(linear(p, f"{name}.intermediate.dense", x))
    return norm(p, f"{name}.output.LayerNorm", drop(linear(p, f"{name}.output.dense", inner)) + x)


def read(p, text, ids, mask, drop):
    found = p["bert.embeddings.word_embeddings.weight"][ids]
    words = jnp.where((ids == text["special"]["pad"])[..., None], jax.lax.stop_gradient(found), found)
    x = words + p["bert.embeddings.position_embeddings.weight"][: ids.shape[1]] + p["bert.embeddings.token_type_embeddings.weight"][0]
    x = drop(norm(p, "bert.embeddings.LayerNorm", x))
    for i in range(text["layers"]):
        x = layer(p, i, text, x, mask, drop)
    return x


def look(p, text, x, mask, image, drop):
    for i in range(text["layers"], text["layers"] + text["fusionLayers"]):
        x = layer(p, i, text, x, mask, drop, image)
    return x


def words_of(p, x):
    name = "cls.predictions"
    x = norm(p, f"{name}.transform.LayerNorm", gelu(linear(p, f"{name}.transform.dense", x)))
    return x @ p["bert.embeddings.word_embeddings.weight"].T + p[f"{name}.bias"]


def part(params, name):
    return {key.removeprefix(f"{name}."): value for key, value in params.items() if key.startswith(f"{name}.")}


def drawn_mask(key, config, ids):
    special, words = config["text"]["special"], config["text"]["words"]
    keys = jax.random.split(key, 4)
    chosen = jax.random.bernoulli(keys[0], config["masking"]["probability"], ids.shape) & (ids != special["pad"]) & (ids != special["cls"])
    hidden = chosen & jax.random.bernoulli(keys[1], 0.8, ids.shape)
    replaced = chosen & ~hidden & jax.random.bernoulli(keys[2], 0.5, ids.shape)
    masked = jnp.where(hidden, special["mask"], jnp.where(replaced, jax.random.randint(keys[3], ids.shape, 0, words), ids))
    return masked, jnp.where(chosen, ids, -100)


def losses_of(config, choices, alpha, key):
    """The loss as a function of the student, with what the step goes on with."""
    vision, text = config["vision"], config["text"]

    def drawn(number):
        return Dropout(jax.random.fold_in(key, number), text["dropout"])

    def contrast(own, teacher, bank, temperature):
        same = jnp.eye(len(own), bank.shape[1])
        targets = jax.lax.stop_gradient(alpha * jax.nn.softmax(teacher @ bank / temperature, -1) + (1 - alpha) * same)
        logits = own @ bank / temperature
        return -(jax.nn.log_softmax(logits, -1) * targets).sum(1).mean(), jax.lax.stop_gradient(logits[:, : len(own)])

    def drawn_negatives(number, similarity):
        own = jnp.eye(len(similarity), dtype=bool)
        return jax.random.categorical(jax.random.fold_in(key, number), jnp.where(own, -1e9, similarity), axis=-1)

    def loss(student, teacher, queues, image, ids):
        mask = ((ids != text["special"]["pad"])[:, None, None, :].astype(jnp.float32) - 1) * 10_000
        eyes, bert = part(student, "visual_encoder"), part(student, "text_encoder")
        images, texts = see(eyes, vision, image), read(bert, text, ids, mask, drawn(0))
        image_feature, text_feature = normalized(linear(student, "vision_proj", images[:, 0])), normalized(linear(student, "text_proj", texts[:, 0]))
        bert_m = part(teacher, "text_encoder")
        images_m, texts_m = see(part(teacher, "visual_encoder"), vision, image), read(bert_m, text, ids, mask, drawn(1))
        image_m, text_m = normalized(linear(teacher, "vision_proj", images_m[:, 0])), normalized(linear(teacher, "text_proj", texts_m[:, 0]))
        image_bank, text_bank = jnp.concatenate([image_m.T, queues["image_queue"]], 1), jnp.concatenate([text_m.T, queues["text_queue"]], 1)
        to_text, image_to_text = contrast(image_feature, image_m, text_bank, student["temp"])
        to_image, text_to_image = contrast(text_feature, text_m, image_bank, student["temp"])

        which_image = choices["neg_image_idx"] if choices else drawn_negatives(2, text_to_image)
        which_text = choices["neg_text_idx"] if choices else drawn_negatives(3, image_to_text)
        own = look(bert, text, texts, mask, images, drawn(4))
        other = look(bert, text, jnp.concatenate([texts, texts[which_text]]), jnp.concatenate([mask, mask[which_text]]), jnp.concatenate([images[which_image], images]), drawn(5))
        scores = jax.nn.log_softmax(linear(student, "itm_head", jnp.concatenate([own[:, 0], other[:, 0]])), -1)
        matching = -jnp.concatenate([scores[: len(own), 1], scores[len(own) :, 0]]).mean()

        masked, labels = (choices["masked_input_ids"], choices["mlm_labels"]) if choices else drawn_mask(jax.random.fold_in(key, 6), config, ids)
        target = jax.nn.softmax(words_of(bert_m, look(bert_m, text, read(bert_m, text, masked, mask, drawn(7)), mask, images_m, drawn(8))), -1)
        predicted = jax.nn.log_softmax(words_of(bert, look(bert, text, read(bert, text, masked, mask, drawn(9)), mask, images, drawn(10))), -1)
        hard = -jnp.take_along_axis(predicted, jnp.maximum(labels, 0)[..., None], -1)[..., 0]
        soft = -(predicted * jax.lax.stop_gradient(target)).sum(-1)
        chosen = labels >= 0
        words = (jnp.where(chosen, (1 - alpha) * hard + alpha * soft, 0)).sum() / jnp.maximum(chosen.sum(), 1)
        both = (to_text + to_image) / 2
        return words + both + matching, ((words, both, matching), image_m, text_m)

    return loss


def is_decayed(name, value):
    return value.ndim != 1 and not name.endswith(".bias")


def step_of(config):
    adam, momentum, held = config["optimizer"], config["momentum"], config["temperature"]

    def step(state, image, ids, choices, alpha, rate):
        student = {**state["student"], "temp": jnp.clip(state["student"]["temp"], held["low"], held["high"])}
        teacher = {name: momentum * old + (1 - momentum) * student[name] for name, old in state["teacher"].items()}
        key = jax.random.fold_in(jax.random.key(config.get("seed", 1)), state["step"])
        loss = losses_of(config, choices, alpha, key)
        (_, (each, image_m, text_m)), grads = jax.value_and_grad(loss, has_aux=True)(student, teacher, state["queues"], image, ids)
        count = (state["step"] + 1).astype(jnp.float32)
        first = {name: adam["beta1"] * state["first"][name] + (1 - adam["beta1"]) * grad for name, grad in grads.items()}
        second = {name: adam["beta2"] * state["second"][name] + (1 - adam["beta2"]) * grad * grad for name, grad in grads.items()}

        def moved(name, value):
            kept = value * (1 - rate * adam["decay"]) if is_decayed(name, value) else value
            spread = jnp.sqrt(second[name] / (1 - adam["beta2"] ** count)) + adam["epsilon"]
            return kept - rate / (1 - adam["beta1"] ** count) * first[name] / spread

        queues = {name: jax.lax.dynamic_update_slice(state["queues"][name], new.T, (0, state["pointer"])) for name, new in (("image_queue", image_m), ("text_queue", text_m))}
        after = {
            "student": {name: moved(name, value) for name, value in student.items()}, "teacher": teacher, "first": first, "second": second, "queues": queues,
            "step": state["step"] + 1, "pointer": (state["pointer"] + len(ids)) % config["queue"],
        }
        return after, each

    return jax.jit(step, donate_argnums=0)


def shapes_of(config):
    """Every parameter of the student by its official name."""
    vision, text, embed = config["vision"], config["text"], config["embed"]
    v, h = vision["hidden"], text["hidden"]

    def map_of(name, to, from_):
        return {f"{name}.weight": (to, from_), f"{name}.bias": (to,)}

    def norm_of(name, size):
        return {f"{name}.weight": (size,), f"{name}.bias": (size,)}

    def attention(name, context):
        maps = {**map_of(f"{name}.self.query", h, h), **map_of(f"{name}.self.key", h, context), **map_of(f"{name}.self.value", h, context)}
        return {**maps, **map_of(f"{name}.output.dense", h, h), **norm_of(f"{name}.output.LayerNorm", h)}

    eyes, bert = "visual_encoder", "text_encoder.bert"
    found = {"temp": (), f"{eyes}.cls_token": (1, 1, v), f"{eyes}.pos_embed": (1, 1 + (vision["image"] // vision["patch"]) ** 2, v), **norm_of(f"{eyes}.norm", v)}
    found |= {f"{eyes}.patch_embed.proj.weight": (v, 3, vision["patch"], vision["patch"]), f"{eyes}.patch_embed.proj.bias": (v,)}
    for i in range(vision["layers"]):
        name = f"{eyes}.blocks.{i}"
        found |= {**norm_of(f"{name}.norm1", v), **norm_of(f"{name}.norm2", v), **map_of(f"{name}.attn.qkv", 3 * v, v), **map_of(f"{name}.attn.proj", v, v)}
        found |= {**map_of(f"{name}.mlp.fc1", vision["inner"], v), **map_of(f"{name}.mlp.fc2", v, vision["inner"])}
    for table, rows in (("word", text["words"]), ("position", text["places"]), ("token_type", 2)):
        found[f"{bert}.embeddings.{table}_embeddings.weight"] = (rows, h)
    found |= norm_of(f"{bert}.embeddings.LayerNorm", h)
    for i in range(text["layers"] + text["fusionLayers"]):
        name = f"{bert}.encoder.layer.{i}"
        found |= attention(f"{name}.attention", h)
        if i >= text["layers"]:
            found |= attention(f"{name}.crossattention", v)
        found |= {**map_of(f"{name}.intermediate.dense", text["inner"], h), **map_of(f"{name}.output.dense", h, text["inner"]), **norm_of(f"{name}.output.LayerNorm", h)}
    head = "text_encoder.cls.predictions"
    found |= {f"{head}.bias": (text["words"],), **map_of(f"{head}.transform.dense", h, h), **norm_of(f"{head}.transform.LayerNorm", h)}
    return found | {**map_of("vision_proj", embed, v), **map_of("text_proj", embed, h), **map_of("itm_head", 2, h)}


def initial(config, tensors=None):
    """A first state: from a file's tensors, or drawn. The teacher is a copy of the student."""
    generator = np.random.default_rng(config.get("seed", 1))
    shapes, queue = shapes_of(config), (config["embed"], config["queue"])

    def drawn(name, shape):
        if name == "temp":
            return np.float32(config["temperature"]["first"])
        if name.endswith((".weight", "cls_token", "pos_embed")) and len(shape) > 1:
            return generator.standard_normal(shape, dtype=np.float32) * np.float32(0.02)
        return np.ones(shape, np.float32) if name.endswith(".weight") else np.zeros(shape, np.float32)

    given = tensors or {name: drawn(name, shape) for name, shape in shapes.items()} | {name: generator.standard_normal(queue, dtype=np.float32) / 16 for name in ("image_queue", "text_queue")}
    wanted = set(shapes) | {"image_queue", "text_queue"}
    if set(given) != wanted:
        raise SystemExit(f"albef_jax.py: the file's tensors are not the model's: {sorted(wanted ^ set(given))[:4]}")
    return {
        "student": {name: jnp.array(given[name]) for name in shapes},
        "teacher": {name: jnp.array(given[name]) for name in shapes if name != "temp" and not name.startswith("itm_head")},
        "first": {name: jnp.zeros(shape) for name, shape in shapes.items()}, "second": {name: jnp.zeros(shape) for name, shape in shapes.items()},
        "queues": {name: jnp.array(given[name]) for name in ("image_queue", "text_queue")}, "step": jnp.int32(0), "pointer": jnp.int32(0),
    }


def agree(config, file):
    from safetensors.numpy import load_file

    tensors = load_file(file)
    given = {name.removeprefix("input/"): value for name, value in tensors.items() if name.startswith("input/")}
    config = {**config, "text": {**config["text"], "dropout": 0.0}}
    state, step = initial(config, {name: value for name, value in tensors.items() if not name.startswith("input/")}), step_of(config)
    found = []
    for i in range(len(given["image"])):
        here = {name: given[name][i] for name in ("masked_input_ids", "mlm_labels", "neg_image_idx", "neg_text_idx")}
        state, each = step(state, given["image"][i], given["input_ids"][i], here, given["alpha"][i], given["rate"])
        found.append(dict(zip(("lossWords", "lossContrast", "lossMatching"), (float(loss) for loss in each))))
    return {"losses": found}


def batch_of(config):
    """Random pictures and captions; the last caption ends halfway in padding."""
    generator = np.random.default_rng(config.get("seed", 1))
    batch, image, text = config["batch"], config["vision"]["image"], config["text"]
    special, tokens = text["special"], text["tokens"]
    ids = generator.integers(max(special.values()) + 1, text["words"], (batch, tokens), dtype=np.int32)
    ids[:, 0] = special["cls"]
    ids[-1, tokens - tokens // 2 :] = special["pad"]
    return generator.standard_normal((batch, 3, image, image), dtype=np.float32), ids


def timed(body):
    start = time.perf_counter()
    result = jax.block_until_ready(body())
    return result, time.perf_counter() - start


def product():
    multiply, x = jax.jit(jnp.matmul), jax.random.normal(jax.random.key(0), (2048, 2048))
    return {"flopsPerSecond": 2 * 2048**3 / min(timed(lambda: multiply(x, x))[1] for _ in range(8))}


def memory():
    with open("/proc/self/status") as status:
        return {"peakResidentBytes": next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))}


def main():
    config = json.loads(sys.argv[1])
    if sys.argv[2] not in VARIANTS:
        raise SystemExit(f"albef_jax.py: there is no variant {sys.argv[2]}")
    training = None

    def take():
        nonlocal training
        training = training or [initial(config), step_of(config), *batch_of(config)]
        state, step, image, ids = training
        training[0], processor = None, time.process_time()
        (training[0], each), seconds = timed(lambda: step(state, image, ids, None, np.float32(config["distillation"]["alpha"]), np.float32(config["schedule"]["peak"])))
        return {"seconds": seconds, "cpuSeconds": time.process_time() - processor, "loss": float(sum(each))}

    requests = {"step": take, "product": product, "memory": memory, "version": lambda: {"version": jax.__version__}, "agree": lambda file: agree(config, file)}
    for line in sys.stdin:
        name, *given = line.rstrip("\n").split(" ", 1)
        print(json.dumps(requests[name](*given)), flush=True)


if __name__ == "__main__":
    main()
