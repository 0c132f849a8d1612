"""Slips of a vision-language model as PyTorch takes them: python mistakes_torch.py (wants torch alone; runs on the processor).

Each slip is one line of a model that works, changed. The right line and the wrong one run on the same numbers; what PyTorch says, or how far the
results are apart where it says nothing, is printed as one line of JSON.
"""
import json
import warnings

import torch
import torch.nn.functional as F

BATCH, TOKENS, PATCHES, HIDDEN, HEADS, INNER, EMBED, PLACES, QUEUE = 4, 10, 17, 48, 3, 96, 16, 16, 16
FEATURES = HIDDEN // HEADS
torch.manual_seed(0)

text = torch.randn(BATCH, TOKENS, HIDDEN)
image = torch.randn(BATCH, PATCHES, HIDDEN)
present = torch.arange(TOKENS)[None, :] < torch.tensor([10, 6, 3, 8])[:, None]
weights = {name: torch.randn(HIDDEN, HIDDEN) / HIDDEN**0.5 for name in ("query", "key", "value")}
image_projection, text_projection = torch.randn(HIDDEN, EMBED), torch.randn(HIDDEN, EMBED)
queue_text, queue_image = (F.normalize(torch.randn(QUEUE, EMBED), dim=-1) for _ in range(2))
image_features, text_features = (F.normalize(torch.randn(BATCH, EMBED), dim=-1) for _ in range(2))
labels = torch.eye(BATCH, BATCH + QUEUE)


def heads(name, x):
    return (x @ weights[name]).unflatten(-1, (HEADS, FEATURES)).transpose(1, 2)


def attention(x, context, mask=0.0, dim=-1, scores="bhqf,bhkf->bhqk"):
    q, k, v = heads("query", x), heads("key", context), heads("value", context)
    looked = torch.softmax(torch.einsum(scores, q, k) * FEATURES**-0.5 + mask, dim=dim)
    return (looked @ v).transpose(1, 2).flatten(2)


def padding(shape):
    return (present.float().view(shape) - 1) * 1e4


def logits_of(features, queue):
    return features @ torch.cat([text_features, queue]).T / 0.07


def class_loss(tokens):
    features = F.normalize(tokens @ image_projection, dim=-1)
    return F.cross_entropy(logits_of(features, queue_text), torch.arange(BATCH))


def feed_forward(inner):
    expand, contract = torch.nn.Linear(HIDDEN, INNER), torch.nn.Linear(inner, HIDDEN)
    with torch.no_grad():
        for map in (expand, contract):
            map.weight.fill_(0.1)
            map.bias.zero_()
    return contract(F.gelu(expand(text))).detach()


def enqueue(batch):
    """One round over a queue of QUEUE rows."""
    queue, pointer = queue_image.clone(), 0
    for _ in range(QUEUE // batch + 1):
        rows = torch.ones(batch, EMBED)
        queue[pointer : pointer + batch] = rows
        pointer = (pointer + batch) % QUEUE
    return queue


def places(tokens):
    return torch.nn.functional.embedding(torch.arange(tokens), torch.ones(PLACES, HIDDEN))


def distilled(followed):
    """The gradient of the soft loss with respect to the student: its target comes from the teacher, or from the student itself."""
    student, teacher = (torch.full((HIDDEN, EMBED), value).requires_grad_() for value in (0.01, 0.02))
    score = lambda p: image[:, 0] @ p @ queue_text.T
    target = torch.softmax(score(teacher).detach() if followed == "teacher" else score(student), -1)
    loss = -(target * torch.log_softmax(score(student), -1)).sum(-1).mean()
    loss.backward()
    return student.grad


def soft_cross_entropy(prediction, target):
    return F.cross_entropy(prediction, target)


def with_spare(used):
    model = torch.nn.ModuleDict({"map": torch.nn.Linear(HIDDEN, EMBED), **({} if used else {"spare": torch.nn.Linear(HIDDEN, EMBED)})})
    torch.nn.init.ones_(model["map"].weight)
    model["map"](text).sum().backward()
    return model["map"].weight.grad


def masked_mean(guarded):
    weight = torch.zeros(BATCH, 2)  # nothing happens to be masked in this batch
    loss = torch.ones(BATCH, 2, requires_grad=True)
    return (loss * weight).sum() / (weight.sum().clamp(min=1) if guarded else weight.sum())


def self_attention_of_one(x):
    return torch.softmax(x @ x.T / HIDDEN**0.5, dim=-1) @ x


def two_draws(same):
    first = torch.Generator().manual_seed(1)
    second = torch.Generator().manual_seed(1 if same else 2)
    return torch.rand(BATCH, generator=first) - torch.rand(BATCH, generator=second)


SLIPS = {
    "softmax over the queries instead of the keys": (lambda: attention(text, image), lambda: attention(text, image, dim=-2)),
    "padding masks queries instead of keys": (lambda: attention(text, text, padding((BATCH, 1, 1, TOKENS))), lambda: attention(text, text, padding((BATCH, 1, TOKENS, 1)))),
    "scores contract the heads instead of the features": (lambda: attention(text, image), lambda: attention(text, image, scores="bhqf,bhkf->bfqk")),
    "class token taken along the batch": (lambda: class_loss(image[:, 0]), lambda: class_loss(image[0])),
    "projection of the other tower": (lambda: image[:, 0] @ image_projection, lambda: image[:, 0] @ text_projection),
    "a linear map declared with the wrong width": (lambda: feed_forward(INNER), lambda: feed_forward(HIDDEN)),
    "queue that the batch does not divide": (lambda: enqueue(4), lambda: enqueue(5)),
    "more tokens than the table has places": (lambda: places(TOKENS), lambda: places(20)),
    "residual from the other sequence": (lambda: text + attention(text, image), lambda: image + attention(text, image)),
    "loss summed over the batch instead of the candidates": (
        lambda: -(labels * torch.log_softmax(logits_of(image_features, queue_text), -1)).sum(-1).mean(),
        lambda: -(labels * torch.log_softmax(logits_of(image_features, queue_text), -1)).sum(0).mean(),
    ),
    "mapped over the wrong axis": (lambda: torch.vmap(self_attention_of_one)(text), lambda: torch.vmap(self_attention_of_one, in_dims=1, out_dims=1)(text)),
    "student where the teacher belongs": (lambda: distilled("teacher"), lambda: distilled("student")),
    "prediction and target swapped": (
        lambda: soft_cross_entropy(logits_of(image_features, queue_text), labels),
        lambda: soft_cross_entropy(labels, logits_of(image_features, queue_text)),
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


def backward_too(run):
    result = run()
    if result.requires_grad:
        result.sum().backward()
    return result


def switched_on(right, wrong):
    """What PyTorch says with its own detection of anomalies, where that lets the right line pass."""
    with torch.autograd.set_detect_anomaly(True):
        return outcome(lambda: backward_too(wrong))[1] if outcome(lambda: backward_too(right))[1] is None else None


def told(right, wrong):
    expected = right()
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        got, raised = outcome(wrong)
    if raised is not None:
        return {"when": "when it runs", "says": raised}
    said = {"when": "never", "says": str(heard[0].message).splitlines()[0] if heard else ""}
    switched = switched_on(right, wrong)
    if switched is not None:
        said["with"] = f"torch.autograd.set_detect_anomaly: {switched}"
    if got.shape != expected.shape:
        return {**said, "result": f"shape {list(got.shape)} instead of {list(expected.shape)}"}
    apart = (got - expected).abs().max().item()
    return {**said, "result": "not a number" if apart != apart else "the same numbers" if apart == 0 else f"differs by up to {apart:.2g}"}


if __name__ == "__main__":
    print(json.dumps({"system": f"PyTorch {torch.__version__}"}))
    for name, (right, wrong) in SLIPS.items():
        print(json.dumps({"slip": name, **told(right, wrong)}))
