"""A pre-training step of ALBEF (arXiv 2107.07651) in PyTorch, to be timed beside ours: python albef_torch.py SIZES VARIANT

SIZES is the configuration as JSON, VARIANT one of VARIANTS. Parameters have the names of official checkpoints; what is computed, and in how many
passes, is what the official code computes. Each line on standard input is a request, each answer one line of JSON on standard output:
`step` (one training step), `agree FILE` (the losses of a few steps from a file's weights, inputs and choices, without dropout), `product` (operations
a second of a large matrix product), `memory` (the most bytes that were ever resident).
"""
import json
import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

# Each on top of what the official code does; the last three also move the teacher by one call for all of its tensors.
VARIANTS = {
    "eager": {},
    "sdpa": {"sdpa": True},
    "fused": {"sdpa": True, "fused": True},
    "eager fused": {"fused": True},
    "compiled": {"sdpa": True, "fused": True, "compiled": True},
}


def attend(q, k, v, mask, rate, sdpa):
    """Attention of [batch, head, token, feature], with dropout on the weights."""
    if sdpa:
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask, dropout_p=rate)
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    return F.dropout(torch.softmax(scores if mask is None else scores + mask, dim=-1), rate) @ v


def split(x, heads):
    return x.unflatten(-1, (heads, -1)).transpose(1, 2)


def merge(x):
    return x.transpose(1, 2).flatten(2)


def group(**modules):
    return nn.ModuleDict(modules)


class Block(nn.Module):
    """A block of the vision transformer: normalised before attention and feed-forward."""

    def __init__(self, vision, options):
        super().__init__()
        hidden, self.heads, self.sdpa = vision["hidden"], vision["heads"], options.get("sdpa", False)
        self.norm1, self.norm2 = nn.LayerNorm(hidden, eps=1e-6), nn.LayerNorm(hidden, eps=1e-6)
        self.attn = group(qkv=nn.Linear(hidden, 3 * hidden), proj=nn.Linear(hidden, hidden))
        self.mlp = group(fc1=nn.Linear(hidden, vision["inner"]), fc2=nn.Linear(vision["inner"], hidden))

    def forward(self, x):
        q, k, v = (split(part, self.heads) for part in self.attn["qkv"](self.norm1(x)).chunk(3, dim=-1))
        x = x + self.attn["proj"](merge(attend(q, k, v, None, 0.0, self.sdpa)))
        return x + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x))))


class VisionTransformer(nn.Module):
    def __init__(self, vision, options):
        super().__init__()
        hidden, patch = vision["hidden"], vision["patch"]
        self.cls_token = nn.Parameter(torch.zeros(1, 1, hidden))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (vision["image"] // patch) ** 2, hidden))
        self.patch_embed = group(proj=nn.Conv2d(3, hidden, patch, patch))
        self.blocks = nn.ModuleList(Block(vision, options) for _ in range(vision["layers"]))
        self.norm = nn.LayerNorm(hidden, eps=1e-6)

    def forward(self, image):
        patches = self.patch_embed["proj"](image).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(len(image), -1, -1), patches], dim=1) + self.pos_embed
        for block in self.blocks:
            x = block(x)
        return self.norm(x)


def attention_of(hidden, context):
    maps = nn.ModuleDict({"query": nn.Linear(hidden, hidden), "key": nn.Linear(context, hidden), "value": nn.Linear(context, hidden)})
    return nn.ModuleDict({"self": maps, "output": group(dense=nn.Linear(hidden, hidden), LayerNorm=nn.LayerNorm(hidden, eps=1e-12))})


class Layer(nn.Module):
    """A layer of BERT, normalised after each part; with a cross-attention where it is told how wide an image's tokens are."""

    def __init__(self, text, options, context=None):
        super().__init__()
        hidden, self.heads, self.rate, self.sdpa = text["hidden"], text["heads"], text["dropout"], options.get("sdpa", False)
        self.attention = attention_of(hidden, hidden)
        if context is not None:
            self.crossattention = attention_of(hidden, context)
        self.intermediate = group(dense=nn.Linear(hidden, text["inner"]))
        self.output = group(dense=nn.Linear(text["inner"], hidden), LayerNorm=nn.LayerNorm(hidden, eps=1e-12))

    def added(self, part, x, new):
        return part["LayerNorm"](F.dropout(part["dense"](new), self.rate) + x)

    def attended(self, part, x, context, mask):
        maps = part["self"]
        q, k, v = (split(maps[name](of), self.heads) for name, of in (("query", x), ("key", context), ("value", context)))
        return self.added(part["output"], x, merge(attend(q, k, v, mask, self.rate, self.sdpa)))

    def forward(self, x, mask, image=None):
        x = self.attended(self.attention, x, x, mask)
        if image is not None:
            x = self.attended(self.crossattention, x, image, None)
        return self.added(self.output, x, F.gelu(self.intermediate["dense"](x)))


class TextEncoder(nn.Module):
    """BERT whose upper layers look at an image, and its word predictor, whose decoder is the word table."""

    def __init__(self, text, context, options):
        super().__init__()
        hidden, self.rate, self.pad, self.lower = text["hidden"], text["dropout"], text["special"]["pad"], text["layers"]
        tables = {"word_embeddings": text["words"], "position_embeddings": text["places"], "token_type_embeddings": 2}
        embeddings = nn.ModuleDict({**{name: nn.Embedding(rows, hidden) for name, rows in tables.items()}, "LayerNorm": nn.LayerNorm(hidden, eps=1e-12)})
        layers = [Layer(text, options) for _ in range(text["layers"])] + [Layer(text, options, context) for _ in range(text["fusionLayers"])]
        self.bert = group(embeddings=embeddings, encoder=group(layer=nn.ModuleList(layers)))
        transform = group(dense=nn.Linear(hidden, hidden), LayerNorm=nn.LayerNorm(hidden, eps=1e-12))
        self.cls = group(predictions=group(transform=transform))
        self.cls["predictions"].bias = nn.Parameter(torch.zeros(text["words"]))

    def layers(self):
        return self.bert["encoder"]["layer"]

    def read(self, ids, mask):
        tables = self.bert["embeddings"]
        words = F.embedding(ids, tables["word_embeddings"].weight, padding_idx=self.pad)
        x = words + tables["position_embeddings"].weight[: ids.shape[1]] + tables["token_type_embeddings"].weight[0]
        x = F.dropout(tables["LayerNorm"](x), self.rate)
        for layer in self.layers()[: self.lower]:
            x = layer(x, mask)
        return x

    def look(self, x, mask, image):
        for layer in self.layers()[self.lower :]:
            x = layer(x, mask, image)
        return x

    def words(self, x):
        head = self.cls["predictions"]
        x = head["transform"]["LayerNorm"](F.gelu(head["transform"]["dense"](x)))
        return F.linear(x, self.bert["embeddings"]["word_embeddings"].weight, head.bias)


class Albef(nn.Module):
    def __init__(self, config, options):
        super().__init__()
        self.config = config
        vision, text, embed = config["vision"], config["text"], config["embed"]
        for twin in ("", "_m"):
            self.add_module(f"visual_encoder{twin}", VisionTransformer(vision, options))
            self.add_module(f"text_encoder{twin}", TextEncoder(text, vision["hidden"], options))
            self.add_module(f"vision_proj{twin}", nn.Linear(vision["hidden"], embed))
            self.add_module(f"text_proj{twin}", nn.Linear(text["hidden"], embed))
        self.itm_head = nn.Linear(text["hidden"], 2)
        self.temp = nn.Parameter(torch.tensor(config["temperature"]["first"]))
        for name in ("image_queue", "text_queue"):
            self.register_buffer(name, F.normalize(torch.randn(embed, config["queue"]), dim=0))
        self.pointer = 0
        self.by_one_call = options.get("fused", False)
        for parameter in self.parameters():
            if parameter.dim() > 1:
                nn.init.normal_(parameter, std=0.02)
        self.twins = [pair for name in ("visual_encoder", "text_encoder", "vision_proj", "text_proj") for pair in zip(getattr(self, name).parameters(), getattr(self, f"{name}_m").parameters())]
        for own, teacher in self.twins:
            teacher.requires_grad_(False).copy_(own.detach())

    @torch.no_grad()
    def move_teacher(self):
        momentum = self.config["momentum"]
        if self.by_one_call:
            torch._foreach_lerp_([teacher for _, teacher in self.twins], [own for own, _ in self.twins], 1 - momentum)
        else:
            for own, teacher in self.twins:
                teacher.data = teacher.data * momentum + own.data * (1 - momentum)

    @torch.no_grad()
    def enqueue(self, image, text):
        end = self.pointer + len(image)
        self.image_queue[:, self.pointer : end] = image.T
        self.text_queue[:, self.pointer : end] = text.T
        self.pointer = end % self.image_queue.shape[1]

    def contrast(self, own, teacher, bank, alpha):
        """One direction of the contrastive loss, and the similarities to this batch."""
        with torch.no_grad():
            same = torch.eye(len(own), bank.shape[1])
            targets = alpha * F.softmax(teacher @ bank / self.temp, dim=1) + (1 - alpha) * same
        logits = own @ bank / self.temp
        return -(F.log_softmax(logits, dim=1) * targets).sum(1).mean(), logits[:, : len(own)].detach()

    def drawn_mask(self, ids):
        special, words = self.config["text"]["special"], self.config["text"]["words"]
        chosen = (torch.rand(ids.shape) < self.config["masking"]["probability"]) & (ids != special["pad"]) & (ids != special["cls"])
        hidden = chosen & (torch.rand(ids.shape) < 0.8)
        replaced = chosen & ~hidden & (torch.rand(ids.shape) < 0.5)
        masked = torch.where(hidden, special["mask"], torch.where(replaced, torch.randint(words, ids.shape), ids))
        return masked, torch.where(chosen, ids, -100)

    @staticmethod
    def drawn_negatives(similarity):
        weights = F.softmax(similarity, dim=1)
        return torch.multinomial(weights.fill_diagonal_(0), 1).squeeze(1)

    def forward(self, image, ids, choices, alpha):
        """The three losses: masked words, contrast, matching."""
        with torch.no_grad():
            self.temp.clamp_(self.config["temperature"]["low"], self.config["temperature"]["high"])
        present = ids != self.config["text"]["special"]["pad"]
        mask = (present[:, None, None, :].float() - 1) * 10_000
        images = self.visual_encoder(image)
        image_feature = F.normalize(self.vision_proj(images[:, 0]), dim=-1)
        texts = self.text_encoder.read(ids, mask)
        text_feature = F.normalize(self.text_proj(texts[:, 0]), dim=-1)
        with torch.no_grad():
            self.move_teacher()
            images_m = self.visual_encoder_m(image)
            image_m = F.normalize(self.vision_proj_m(images_m[:, 0]), dim=-1)
            text_m = F.normalize(self.text_proj_m(self.text_encoder_m.read(ids, mask)[:, 0]), dim=-1)
            image_bank, text_bank = torch.cat([image_m.T, self.image_queue], 1), torch.cat([text_m.T, self.text_queue], 1)
        to_text, image_to_text = self.contrast(image_feature, image_m, text_bank, alpha)
        to_image, text_to_image = self.contrast(text_feature, text_m, image_bank, alpha)
        self.enqueue(image_m, text_m)

        which_image = choices["neg_image_idx"] if choices else self.drawn_negatives(text_to_image)
        which_text = choices["neg_text_idx"] if choices else self.drawn_negatives(image_to_text)
        own = self.text_encoder.look(texts, mask, images)
        other = self.text_encoder.look(torch.cat([texts, texts[which_text]]), torch.cat([mask, mask[which_text]]), torch.cat([images[which_image], images]))
        scores = self.itm_head(torch.cat([own[:, 0], other[:, 0]]))
        matching = F.cross_entropy(scores, torch.cat([torch.ones(len(own)), torch.zeros(len(other))]).long())

        masked, labels = (choices["masked_input_ids"], choices["mlm_labels"]) if choices else self.drawn_mask(ids)
        with torch.no_grad():
            target = F.softmax(self.text_encoder_m.words(self.text_encoder_m.look(self.text_encoder_m.read(masked, mask), mask, images_m)), dim=-1)
        predicted = self.text_encoder.words(self.text_encoder.look(self.text_encoder.read(masked, mask), mask, images))
        hard = F.cross_entropy(predicted.flatten(0, 1), labels.flatten(), ignore_index=-100)
        soft = -(F.log_softmax(predicted, dim=-1) * target).sum(-1)[labels != -100].mean()
        return (1 - alpha) * hard + alpha * soft, (to_text + to_image) / 2, matching


def optimizer_of(model, options):
    """Weight decay for all but biases and other vectors, as the official code groups them."""
    named = [(name, parameter) for name, parameter in model.named_parameters() if parameter.requires_grad]
    plain = [parameter for name, parameter in named if parameter.dim() == 1 or name.endswith(".bias")]
    decayed = [parameter for name, parameter in named if not (parameter.dim() == 1 or name.endswith(".bias"))]
    adam = model.config["optimizer"]
    groups = [{"params": plain, "weight_decay": 0.0}, {"params": decayed, "weight_decay": adam["decay"]}]
    return torch.optim.AdamW(groups, lr=model.config["schedule"]["peak"], betas=(adam["beta1"], adam["beta2"]), eps=adam["epsilon"], fused=True if options.get("fused") else None)


class Training:
    def __init__(self, config, options):
        self.model = Albef(config, options).train()
        self.optimizer = optimizer_of(self.model, options)
        if options.get("compiled"):
            # All layers share their code, so each size and each of forward alone and with gradient is one more compilation of it.
            torch._dynamo.config.recompile_limit, torch._dynamo.config.fail_on_recompile_limit_hit = 64, True
            for module in self.model.modules():
                if isinstance(module, (Block, Layer)):
                    module.compile(dynamic=False)

    def step(self, image, ids, choices, alpha):
        self.optimizer.zero_grad()
        losses = self.model(image, ids, choices, alpha)
        sum(losses).backward()
        self.optimizer.step()
        return [loss.item() for loss in losses]

    def load(self, tensors):
        """Weights and queues of a file; the teacher starts as a copy of the student."""
        own = dict(self.model.named_parameters()) | dict(self.model.named_buffers())
        wanted = {name for name, tensor in own.items() if tensor.requires_grad or name.endswith("_queue")}
        given = {name for name in tensors if not name.startswith("input/")}
        if wanted != given:
            raise SystemExit(f"albef_torch.py: the file's tensors are not the model's: {sorted(wanted ^ given)[:4]}")
        with torch.no_grad():
            for name in wanted:
                own[name].copy_(tensors[name])
            for student, teacher in self.model.twins:
                teacher.copy_(student)


def agree(config, options, file):
    from safetensors.torch import load_file

    tensors = load_file(file)
    given = {name.removeprefix("input/"): tensor for name, tensor in tensors.items() if name.startswith("input/")}
    training = Training({**config, "text": {**config["text"], "dropout": 0.0}}, options)
    training.load(tensors)
    for group_ in training.optimizer.param_groups:
        group_["lr"] = given["rate"].item()
    found = []
    for i in range(len(given["image"])):
        here = {name: tensor[i].long() for name, tensor in given.items() if tensor.dtype == torch.int32}
        words, contrast, matching = training.step(given["image"][i], here["input_ids"], here, given["alpha"][i].item())
        found.append({"lossWords": words, "lossContrast": contrast, "lossMatching": matching})
    return {"losses": found}


def batch_of(config):
    """Random pictures and captions; the last caption ends halfway in padding."""
    batch, image, text = config["batch"], config["vision"]["image"], config["text"]
    special, tokens = text["special"], text["tokens"]
    ids = torch.randint(max(special.values()) + 1, text["words"], (batch, tokens))
    ids[:, 0] = special["cls"]
    ids[-1, tokens - tokens // 2 :] = special["pad"]
    return torch.randn(batch, 3, image, image), ids


def product():
    a, b = torch.randn(2048, 2048), torch.randn(2048, 2048)
    c = torch.empty(2048, 2048)

    def timed():
        start = time.perf_counter()
        torch.mm(a, b, out=c)
        return time.perf_counter() - start

    return {"flopsPerSecond": 2 * 2048**3 / min(timed() for _ in range(8))}


def memory():
    with open("/proc/self/status") as status:
        return {"peakResidentBytes": next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))}


def main():
    config, options = json.loads(sys.argv[1]), VARIANTS[sys.argv[2]]
    torch.manual_seed(config.get("seed", 1))
    training = None

    def step():
        nonlocal training
        training = training or (Training(config, options), *batch_of(config))
        start, processor = time.perf_counter(), time.process_time()
        losses = training[0].step(training[1], training[2], None, config["distillation"]["alpha"])
        return {"seconds": time.perf_counter() - start, "cpuSeconds": time.process_time() - processor, "loss": sum(losses)}

    requests = {"step": step, "product": product, "memory": memory, "version": lambda: {"version": torch.__version__}, "agree": lambda file: agree(config, options, file)}
    for line in sys.stdin:
        name, *given = line.rstrip("\n").split(" ", 1)
        print(json.dumps(requests[name](*given)), flush=True)


if __name__ == "__main__":
    main()
