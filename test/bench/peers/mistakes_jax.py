"""The slips of mistakes_torch.py as JAX takes them: python mistakes_jax.py (wants jax and optax; runs on the processor).

Every function is compiled (jax.jit), as one would: an error is raised while JAX traces it, when the first step is called with data.
"""
import json
import warnings

import jax
import jax.numpy as jnp
import optax
from jax.experimental import checkify

BATCH, TOKENS, PATCHES, HIDDEN, HEADS, INNER, EMBED, PLACES, QUEUE = 4, 10, 17, 48, 3, 96, 16, 16, 16
FEATURES = HIDDEN // HEADS
keys = iter(jax.random.split(jax.random.key(0), 16))


def normal(*shape):
    return jax.random.normal(next(keys), shape)


def unit(x):
    return x / jnp.linalg.norm(x, axis=-1, keepdims=True)


text, image = normal(BATCH, TOKENS, HIDDEN), normal(BATCH, PATCHES, HIDDEN)
present = jnp.arange(TOKENS)[None, :] < jnp.array([10, 6, 3, 8])[:, None]
weights = {name: normal(HIDDEN, HIDDEN) / HIDDEN**0.5 for name in ("query", "key", "value")}
image_projection, text_projection = normal(HIDDEN, EMBED), normal(HIDDEN, EMBED)
queue_text, queue_image = unit(normal(QUEUE, EMBED)), unit(normal(QUEUE, EMBED))
image_features, text_features = unit(normal(BATCH, EMBED)), unit(normal(BATCH, EMBED))
labels = jnp.eye(BATCH, BATCH + QUEUE)


def heads(name, x):
    return (x @ weights[name]).reshape(*x.shape[:2], HEADS, FEATURES).transpose(0, 2, 1, 3)


def attention(x, context, mask=0.0, axis=-1, scores="bhqf,bhkf->bhqk"):
    q, k, v = heads("query", x), heads("key", context), heads("value", context)
    looked = jax.nn.softmax(jnp.einsum(scores, q, k) * FEATURES**-0.5 + mask, axis=axis)
    return (looked @ v).transpose(0, 2, 1, 3).reshape(x.shape)


def padding(shape):
    return (present.astype(jnp.float32).reshape(shape) - 1) * 1e4


def logits_of(features, queue):
    return features @ jnp.concatenate([text_features, queue]).T / 0.07


def class_loss(tokens):
    features = unit(tokens @ image_projection)
    return optax.softmax_cross_entropy_with_integer_labels(logits_of(features, queue_text), jnp.arange(BATCH)).mean()


def feed_forward(inner):
    expand, contract = jnp.full((HIDDEN, INNER), 0.1), jnp.full((inner, HIDDEN), 0.1)
    return jax.nn.gelu(text @ expand, approximate=False) @ contract


def enqueue(batch, wraps):
    """One round over a queue of QUEUE rows, the last batch going on at the start."""
    queue, pointer = queue_image, 0
    for step in range(QUEUE // batch + 1):
        rows = jnp.full((batch, EMBED), float(step))
        queue = queue.at[(pointer + jnp.arange(batch)) % QUEUE].set(rows) if wraps else jax.lax.dynamic_update_slice(queue, rows, (pointer, 0))
        pointer = (pointer + batch) % QUEUE
    return queue


def places(tokens):
    return jnp.arange(1.0, PLACES + 1)[:, None][jnp.arange(tokens)]


def distilled(followed):
    """The gradient of the soft loss with respect to the student: its target comes from the teacher, or from the student itself."""
    teacher = jnp.full((HIDDEN, EMBED), 0.02)

    def loss(student):
        score = lambda p: image[:, 0] @ p @ queue_text.T
        target = jax.nn.softmax(score(teacher if followed == "teacher" else student))
        return -(target * jax.nn.log_softmax(score(student))).sum(-1).mean()

    return jax.grad(loss)(jnp.full((HIDDEN, EMBED), 0.01))


def with_spare(used):
    params = {"map": jnp.ones((HIDDEN, EMBED)), **({} if used else {"spare": jnp.ones((HIDDEN, EMBED))})}
    return jax.grad(lambda p: (text @ p["map"]).sum())(params)["map"]


def masked_mean(guarded):
    weight = jnp.zeros((BATCH, 2))  # nothing happens to be masked in this batch
    loss = jnp.ones((BATCH, 2))
    return (loss * weight).sum() / (jnp.maximum(weight.sum(), 1) if guarded else weight.sum())


def self_attention_of_one(x):
    return jax.nn.softmax(x @ x.T / HIDDEN**0.5, axis=-1) @ x


def two_draws(same):
    first, second = jax.random.split(jax.random.key(1))
    return jax.random.uniform(first, (BATCH,)) - jax.random.uniform(first if same else second, (BATCH,))


def mean_loss(axis):
    return -(labels * jax.nn.log_softmax(logits_of(image_features, queue_text))).sum(axis).mean()


SLIPS = {
    "softmax over the queries instead of the keys": (lambda: attention(text, image), lambda: attention(text, image, axis=-2)),
    "padding masks queries instead of keys": (lambda: attention(text, text, padding((BATCH, 1, 1, TOKENS))), lambda: attention(text, text, padding((BATCH, 1, TOKENS, 1)))),
    "scores contract the heads instead of the features": (lambda: attention(text, image), lambda: attention(text, image, scores="bhqf,bhkf->bfqk")),
    "class token taken along the batch": (lambda: class_loss(image[:, 0]), lambda: class_loss(image[0])),
    "projection of the other tower": (lambda: image[:, 0] @ image_projection, lambda: image[:, 0] @ text_projection),
    "a linear map declared with the wrong width": (lambda: feed_forward(INNER), lambda: feed_forward(HIDDEN)),
    "queue that the batch does not divide": (lambda: enqueue(5, True), lambda: enqueue(5, False)),
    "more tokens than the table has places": (lambda: jnp.arange(1.0, 21)[:, None], lambda: places(20)),
    "residual from the other sequence": (lambda: text + attention(text, image), lambda: image + attention(text, image)),
    "loss summed over the batch instead of the candidates": (lambda: mean_loss(-1), lambda: mean_loss(0)),
    "mapped over the wrong axis": (lambda: jax.vmap(self_attention_of_one)(text), lambda: jax.vmap(self_attention_of_one, in_axes=1, out_axes=1)(text)),
    "student where the teacher belongs": (lambda: distilled("teacher"), lambda: distilled("student")),
    "prediction and target swapped": (
        lambda: optax.softmax_cross_entropy(logits_of(image_features, queue_text), labels).mean(),
        lambda: optax.softmax_cross_entropy(labels, logits_of(image_features, queue_text)).mean(),
    ),
    "one key for two draws": (lambda: two_draws(False), lambda: two_draws(True)),
    "parameter that nothing uses": (lambda: with_spare(True), lambda: with_spare(False)),
    "division by a count that may be zero": (lambda: masked_mean(True), lambda: masked_mean(False)),
    "features compared with the queue of their own modality": (lambda: logits_of(image_features, queue_text), lambda: logits_of(image_features, queue_image)),
}


def outcome(run):
    """What a call gives, or the first line of what it raises."""
    try:
        return run(), None
    except Exception as error:
        return None, f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"


def checked(run):
    raised, result = checkify.checkify(jax.jit(run), errors=checkify.all_checks)()
    raised.throw()
    return result


def under(switch):
    def call(run):
        with switch:
            return jax.jit(run)().block_until_ready()

    return call


# All off by default; each with how a function is called under it.
SWITCHES = {
    "jax_debug_nans": under(jax.debug_nans(True)),
    "jax_debug_key_reuse": under(jax.debug_key_reuse(True)),
    'jax_numpy_rank_promotion="raise"': under(jax.numpy_rank_promotion("raise")),
    "checkify.all_checks": checked,
}


def switched_on(right, wrong):
    """The first switch with which JAX says something to the wrong line and nothing to the right one."""
    for name, call in SWITCHES.items():
        if outcome(lambda: call(right))[1] is None:
            raised = outcome(lambda: call(wrong))[1]
            if raised is not None:
                return f"{name}: {raised}"
    return None


def told(right, wrong):
    expected = jax.jit(right)()
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        got, raised = outcome(jax.jit(wrong))
    if raised is not None:
        return {"when": "first call", "says": raised}
    said = {"when": "never", "says": str(heard[0].message).splitlines()[0] if heard else ""}
    switched = switched_on(right, wrong)
    if switched is not None:
        said["with"] = switched
    if got.shape != expected.shape:
        return {**said, "result": f"shape {list(got.shape)} instead of {list(expected.shape)}"}
    apart = float(jnp.abs(got - expected).max())
    return {**said, "result": "not a number" if apart != apart else "the same numbers" if apart == 0 else f"differs by up to {apart:.2g}"}


if __name__ == "__main__":
    print(json.dumps({"system": f"JAX {jax.__version__}, optax {optax.__version__}"}))
    for name, (right, wrong) in SLIPS.items():
        print(json.dumps({"slip": name, **told(right, wrong)}))
