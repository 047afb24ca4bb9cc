"""The mistakes that students make in this problem set: what each must lose, and what it must be told."""

from textwrap import dedent, indent

from gencourse.assign import Mutant


def variants(cell, right, *mistakes):
    """Mutants of one cell: (name, {right text: wrong text}, loses, hint) each, as changes of a right answer."""
    right = dedent(right).strip("\n")
    for name, changes, loses, hint in mistakes:
        source = right
        for old, new in changes.items():
            assert old in source, f"{name}: {old!r} does not stand in the right answer"
            source = source.replace(old, new)
        yield Mutant(name, cell, source, loses, hint)


def bodies(cell, head, *mistakes):
    """Mutants of one cell: (name, body, loses, hint) each, below the same first lines."""
    for name, body, loses, hint in mistakes:
        yield Mutant(name, cell, f"{dedent(head).strip()}\n{indent(dedent(body).strip(), '    ')}", loses, hint)


HAND = """
    best_D = [p_x / (p_x + q_x) for p_x, q_x in zip(mine.p, mine.q)]
    D = best_D[:2]
    value = sum(p * math.log(t) + q * math.log(1 - t) for p, q, t in zip(mine.p, mine.q, D))
    jsd = (value + math.log(4)) / 2
"""
Q1 = [
    *variants(
        "q1-a", HAND,
        ("real and generated swapped", {"[p_x /": "[q_x /", "= best_D[:2]": "= [1 - t for t in best_D[:2]]"},
         {"q1-hidden": 2}, "how sure one can be of c and of d"),
        ("the density ratio for a probability",
         {"zip(mine.p, mine.q)]": "zip(mine.p, mine.q)]\nratio = [mine.p[0] / mine.q[0], mine.p[1] / mine.q[1], 1, 0]",
          "/ 2": "/ 2\nbest_D = ratio"},
         {"q1-visible": 1, "q1-hidden": 2}, "D is a probability"),
        ("the JSD once in the value", {"(value + math.log(4)) / 2": "value + math.log(4)"},
         {"q1-hidden-2": 2}, "How often does V hold the JSD?"),
        ("bits in place of nats", {"math.log(4)": "2", "math.log(": "math.log2("},
         {"q1-visible": 1, "q1-hidden-2": 2}, "in nats; yours is"),
        ("the sum over q forgotten", {" + q * math.log(1 - t)": ""}, {"q1-hidden-2": 2}, "and a sum over q"),
    ),
    *bodies(
        "q1-b", "def smoothed_best(p, q, alpha, beta):",
        ("the labels of the real images alone", "return alpha * p / (p + q)", {"q1-hidden-3": 2}, "Where is beta?"),
        ("labels as weights of the distributions", "return alpha * p / (alpha * p + (1 - beta) * q)",
         {"q1-hidden-3": 2}, "collect what multiplies log D"),
    ),
]

SLOPES = """
    D_1, D_2 = (1 / (1 + math.exp(-s)) for s in (mine.caught, mine.passing))
    slopes = {"minimax": (-D_1, -D_2), "non_saturating": (D_1 - 1, D_2 - 1)}
    share = {loss: pair[0] / (pair[0] + pair[1]) for loss, pair in slopes.items()}
"""
Q2 = [
    *variants(
        "q2-a", SLOPES,
        ("the slopes of the two losses swapped",
         {"(-D_1, -D_2)": "(D_1 - 1, D_2 - 1)", 'ing": (D_1 - 1, D_2 - 1)': 'ing": (-D_1, -D_2)'},
         {"q2-hidden": 2}, "nearly flat where D is nearly 0"),
        ("the sign forgotten", {"(-D_1, -D_2)": "(D_1, D_2)", "(D_1 - 1, D_2 - 1)": "(1 - D_1, 1 - D_2)"},
         {"q2-visible": 1, "q2-hidden": 2}, "so a slope is negative"),
        ("the share of the passing image", {"pair[0] /": "pair[1] /"},
         {"q2-hidden": 2}, "Its caught image gets a small share"),
    ),
    *bodies(
        "q2-b", "def score_of_ratio(r):",
        ("the score with the wrong sign", "return math.log(r)", {"q2-hidden-2": 2}, "with its sign"),
        ("the probability in place of the score", "return 1 / (1 + r)",
         {"q2-visible": 1, "q2-hidden-2": 2}, "score_of_ratio(1) is 0"),
    ),
    Mutant("mistake 11: the reason for the non-saturating loss, backwards", "q2-c",
           'statements = {"A": True, "B": False, "C": False, "D": True, "E": False}',
           {"q2-hidden-3": 2}, "What is -log(1 - D) at D = 0.001"),
    Mutant("words in place of True and False", "q2-c",
           'statements = {"A": "False", "B": "True", "C": "True", "D": "True", "E": "False"}',
           {"q2-visible": 1, "q2-hidden-3": 2}, "answer True or False"),
]

SMOOTHED = """
    def smoothed_loss(real, fake, alpha, beta):
        on_real = alpha * F.softplus(-real) + (1 - alpha) * F.softplus(real)
        on_fake = beta * F.softplus(-fake) + (1 - beta) * F.softplus(fake)
        return on_real.mean() + on_fake.mean()
"""
EVERYWHERE = {"q3-visible": 1, "q3-hidden": 2, "q3-hidden-2": 2}
USUAL = "with targets 1 and 0 it is the usual loss"
Q3 = [
    *variants(
        "q3-a", SMOOTHED,
        ("a sigmoid, then a logarithm",
         {"F.softplus(-": "-torch.log(torch.sigmoid(", "F.softplus(": "-torch.log(1 - torch.sigmoid(",
          "real) +": "real)) +", "fake) +": "fake)) +", "real)\n": "real))\n", "fake)\n": "fake))\n"},
         {"q3-hidden-2": 2}, "at scores of 100 and 1000"),
        ("a sigmoid twice", {"    on_real": "    real, fake = torch.sigmoid(real), torch.sigmoid(fake)\n    on_real"},
         EVERYWHERE, USUAL),
        ("one mean over both batches", {"on_real.mean() + on_fake.mean()": "2 * torch.cat([on_real, on_fake]).mean()"},
         {"q3-hidden": 2}, "batches of different sizes"),
        ("the sum over the batch", {"mean()": "sum()"}, EVERYWHERE, USUAL),
        ("real and fake labels swapped", {"alpha *": "beta  *", "beta *": "alpha *", "(1 - alpha)": "(1 - beta)",
         "(1 - beta) * F.softplus(fake)": "(1 - alpha) * F.softplus(fake)"}, EVERYWHERE, USUAL),
        ("the terms of the other label forgotten",
         {" + (1 - alpha) * F.softplus(real)": "", "beta * F.softplus(-fake) + ": ""},
         {"q3-hidden": 2, "q3-hidden-2": 2}, "four terms, two in each mean"),
    ),
    *bodies(
        "q3-a", "def smoothed_loss(real, fake, alpha, beta):",
        ("BCELoss, which clips the logarithm", """
            D, D_fake = torch.sigmoid(real), torch.sigmoid(fake)
            on_real = F.binary_cross_entropy(D, torch.full_like(D, alpha))
            return on_real + F.binary_cross_entropy(D_fake, torch.full_like(D_fake, beta))""",
         {"q3-hidden-2": 2}, "inf, nan or cut off"),
    ),
    *variants(
        "q3-b", """
            def margin_loss(real, fake, margin):
                return F.relu(margin - real).mean() + F.relu(margin + fake).mean()

            def smallest_margin(real, fake):
                return max(real.max(), -fake.min())
        """,
        ("the margin as a factor", {"F.relu(margin": "margin * F.relu(1"},
         {"q3-hidden-3": 1}, "Where does the hinge of that score bend?"),
        ("the largest score of either side", {"max(real.max(), -fake.min())": "torch.cat([real, fake]).abs().max()"},
         {"q3-hidden-4": 2}, "the first to reach 0"),
        ("the smallest score", {"max(real.max(), -fake.min())": "min(real.min(), -fake.max())"},
         {"q3-visible": 1, "q3-hidden-4": 2}, "from m = 2 on"),
        ("the generated scores forgotten", {"max(real.max(), -fake.min())": "real.max()"},
         {"q3-hidden-4": 2}, "Try signs on both sides"),
    ),
]

TRAIN = """
    def train(generator, discriminator, images, steps, batch_size, draw):
        optimizer_g = torch.optim.Adam(generator.parameters(), lr=2e-4, betas=(0.5, 0.999))
        optimizer_d = torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))
        for step in range(steps):
            x = images[torch.randperm(len(images), generator=draw)[:batch_size]]
            z_d = torch.randn(batch_size, generator.z_dim, generator=draw)
            x_hat = generator(z_d).detach()
            loss_d = F.softplus(-discriminator(x)).mean() + F.softplus(discriminator(x_hat)).mean()
            optimizer_d.zero_grad()
            loss_d.backward()
            optimizer_d.step()

            z_g = torch.randn(batch_size, generator.z_dim, generator=draw)
            loss_g = F.softplus(-discriminator(generator(z_g))).mean()
            optimizer_g.zero_grad()
            loss_g.backward()
            optimizer_g.step()
"""
BATCH = "images[torch.randperm(len(images), generator=draw)[:batch_size]]"
NOISE = "torch.randn(batch_size, generator.z_dim, generator=draw)"
Q4 = variants(
    "q4", TRAIN,
    ("mistake 17: one optimiser for both networks",
     {"Adam(generator.parameters(),": "Adam([*generator.parameters(), *discriminator.parameters()],",
      "torch.optim.Adam(discriminator.parameters(), lr=2e-4, betas=(0.5, 0.999))": "optimizer_g"},
     {"q4-hidden": 3}, "See what optimisers hold"),
    ("detach in the generator's half", {"generator(z_g)))": "generator(z_g).detach()))"},
     {"q4-visible": 1, "q4-hidden": 3}, "the generator has not moved"),
    ("detach forgotten, gradients cleared once a step",
     {".detach()": "", "        optimizer_g.zero_grad()\n": "",
      "_d.zero_grad()": "_d.zero_grad(), optimizer_g.zero_grad()"},
     {"q4-hidden": 3}, "by which gradients"),
    ("zero_grad of the discriminator forgotten", {"        optimizer_d.zero_grad()\n": ""},
     {"q4-hidden": 3}, "detach and zero_grad"),
    ("mistake 18: the same slice of images in every step", {BATCH: "images[:batch_size]"},
     {"q4-hidden-2": 2}, "Each batch is new"),
    ("slices that run over the end", {BATCH: "images[step * batch_size % len(images) :][:batch_size]"},
     {"q4-hidden-2": 2}, "of the full size"),
    ("mistake 18: one noise for the whole run", {f"z_d = {NOISE}": "pass", f"z_g = {NOISE}": "pass", "(z_d)": "(z)",
     "(z_g)": "(z)", "    for step": f"    z = {NOISE}\n    for step"},
     {"q4-hidden-3": 2}, "How often is it drawn"),
    ("one noise for both halves", {f"z_g = {NOISE}": "z_g = z_d"}, {"q4-hidden-3": 2}, "in the two halves"),
    ("uniform noise", {"torch.randn(": "torch.rand("}, {"q4-hidden-3": 2}, "from what"),
)

SCORED = """
    def slope_penalty(critic, x, bound):
        x = x.detach().requires_grad_()
        (grad,) = torch.autograd.grad(critic(x).sum(), x, create_graph=True)
"""
CHARGES = """
    c, B = mine.slope, mine.batch
    charges = {"right": (c - 1) ** 2, "A": (B**0.5 * c - 1) ** 2, "B": 0}
    free = {"A": B**-0.5, "B": 28}
"""
CHARGE = "the charge for a linear critic one and the same"
Q5 = [
    *variants(
        "q5-a", CHARGES,
        ("version A as a sum over the examples", {"(B**0.5 * c - 1) ** 2": "B * (c - 1) ** 2", "B**-0.5": "1"},
         {"q5-hidden": 2}, "how many equal squares"),
        ("max(0, ...) forgotten", {'"B": 0': '"B": (c / 28 - 1) ** 2'}, {"q5-hidden": 2}, "charges and free"),
    ),
    *bodies(
        "q5-b", SCORED,
        ("mistake 16: one norm over the whole batch", "return F.relu(grad.norm() - bound).square()",
         {"q5-hidden-2": 2}, CHARGE),
        ("a norm for each pixel", "return F.relu(grad.norm(dim=1) - bound).square().mean()",
         {"q5-hidden-2": 2}, CHARGE),
        ("the mean of the slopes first", "return F.relu(grad.flatten(1).norm(dim=1) - bound).mean().square()",
         {"q5-hidden-2": 2}, "Mean last"),
        ("the squared norm", "return F.relu(grad.flatten(1).square().sum(1) - bound).square().mean()",
         {"q5-visible": 1, "q5-hidden-2": 2}, "the penalty is (3 - 1)^2 = 4"),
        ("charged from below too", "return (grad.flatten(1).norm(dim=1) - bound).square().mean()",
         {"q5-visible": 1, "q5-hidden-2": 2}, "nothing is charged"),
        ("centred at 0", "return grad.flatten(1).square().sum(1).mean()",
         {"q5-visible": 1, "q5-hidden-2": 2}, "the penalty is (3 - 1)^2 = 4"),
        ("a root without a slope at 0", "return F.relu(grad.flatten(1).square().sum(1).sqrt() - bound).square().mean()",
         {"q5-hidden-3": 2}, "is it finite where the slope is 0"),
    ),
    *bodies(
        "q5-b", SCORED.replace(", create_graph=True", ""),
        ("create_graph forgotten", "return F.relu(grad.flatten(1).norm(dim=1) - bound).square().mean()",
         {"q5-hidden-3": 2}, "reach the critic's weights"),
    ),
]

BACK = """
    def adjoint(y, weight, size, stride, padding):
        rest = [(n + 2 * padding - k) % stride for n, k in zip(size, weight.shape[2:])]
        x = F.conv_transpose2d(y, weight, stride=stride, padding=padding, output_padding=rest)
        return x
"""
SEARCH = """
    sizes = lambda n, k, s, p: s * (n - 1) + k - 2 * p
    every = [(k, s, p) for k in range(2, 7) for s in (2, 3) for p in (0, 1, 2)]
    fits = [[a, b] for a in every for b in every if sizes(sizes(mine.start, *a), *b) == mine.target]
    layers = next(pair for pair in fits if any(k % s for k, s, p in pair))
"""
Q6 = [
    *variants(
        "q6-a", BACK,
        ("no output padding", {", output_padding=rest": ""}, {"q6-hidden-2": 2}, "Which padded rows are never seen?"),
        ("the rest of the height for the width too", {"=rest)": "=rest[0])"}, {"q6-hidden-2": 2}, "try 13 x 14 pixels"),
        ("padding forgotten",
         {", padding=padding, output_padding=rest": "", "return x": "return x[..., : size[0], : size[1]]"},
         {"q6-visible": 1, "q6-hidden": 2, "q6-hidden-2": 2}, "but <x, adjoint(y)>"),
        ("the kernel turned round", {"2d(y, weight,": "2d(y, weight.flip(2, 3),"},
         {"q6-visible": 1, "q6-hidden": 2, "q6-hidden-2": 2}, "but <x, adjoint(y)>"),
        ("a row added wherever the kernel is odd", {"(n + 2 * padding - k) % stride": "(stride - 1) * (k % 2)"},
         {"q6-hidden": 2, "q6-hidden-2": 2}, "for an oblong image and kernel"),
    ),
    *variants(
        "q6-b", SEARCH,
        ("the right size with uneven coverage", {}, {"q6-hidden-3": 2}, "Is each one's coverage even?"),
        ("the size times the stride", {"s * (n - 1) + k - 2 * p": "s * n", "target": "start * 6", "any(k": "not any(k",
         "range(2, 7)": "range(5, 7)"}, {"q6-hidden-3": 2}, "the formula for transposed convolutions"),
        ("a layer of stride 1", {"layers = next": "layers = [(5, 1, 0), (4, 2, 1)] or next"},
         {"q6-visible": 1, "q6-hidden-3": 2}, "stride at least 2"),
    ),
]

RUN = """
    def run(seed, steps):
        torch.manual_seed(seed)
        generator, discriminator = gc.MLPGenerator(z_dim=32, hidden=128), gc.MLPDiscriminator(hidden=128)
        untrained = copy.deepcopy(generator)
        trainer = gc.GANTrainer(generator, discriminator, lr=1e-3, device="cpu", seed=seed)
        batches = gc.Batches(train_images, 32, device="cpu", seed=seed)
        list(gc.fit(trainer, batches, steps=steps))
        return untrained, generator

    pairs = [run(seed, 300) for seed in (0, 1, 2)]
    before = [distance(pairs[seed][0], held_out, seed) for seed in (0, 1, 2)]
    after = [distance(pairs[seed][1], held_out, seed) for seed in (0, 1, 2)]
    result = paired_interval(before, after)
"""
INTERVAL = """
    from scipy import stats
    def paired_interval(before, after):
        before, after = torch.tensor(before, dtype=torch.float64), torch.tensor(after, dtype=torch.float64)
        n, mean, std = len(before), float((before - after).mean()), float((before - after).std())
        half = stats.t.ppf(0.975, n - 1) * std / n**0.5
        return mean, mean - half, mean + half
"""
Q7 = [
    *bodies(
        "q7-a", "def distance(generator, real, seed):\n    noise = torch.Generator().manual_seed(seed)",
        ("a fixed number of samples", "return gc.metrics.fid(real, generator.sample(500, noise))",
         {"q7-hidden": 2}, "how many samples"),
        ("noise that nobody seeds", "return gc.metrics.fid(real, generator.sample(len(real)))",
         {"q7-hidden": 2}, "of which noise"),
    ),
    *variants(
        "q7-b", INTERVAL,
        ("1.96 for every n", {"stats.t.ppf(0.975, n - 1)": "1.96"}, {"q7-hidden-2": 2}, "And which t"),
        ("n in the variance", {"after).std()": "after).std(correction=0)"}, {"q7-hidden-2": 2}, "n - 1 or n?"),
        ("the root of n forgotten", {" / n**0.5": ""}, {"q7-hidden-2": 2}, "The root of n?"),
        ("unpaired", {"float((before - after).std())": "float(before.var() + after.var()) ** 0.5"},
         {"q7-hidden-2": 2}, "differences first"),
        ("after minus before", {"before - after": "after - before"},
         {"q7-visible": 1, "q7-hidden-2": 2}, "their mean is 2"),
    ),
    *variants(
        "q7-c", RUN,
        ("the untrained generator not copied", {"copy.deepcopy(generator)": "generator"},
         {"q7-visible": 1, "q7-hidden-3": 3}, "is `untrained` still untrained"),
        ("the networks not seeded", {"    torch.manual_seed(seed)\n": ""}, {"q7-hidden-3": 3}, "in order: seeds"),
        ("trained on the held-out images", {"Batches(train_images": "Batches(held_out"}, {"q7-hidden-3": 3}, "images"),
        ("fit that nobody consumes", {"list(gc.fit(": "(gc.fit("},
         {"q7-visible": 1, "q7-hidden-3": 3}, "training must lower the distance"),
    ),
]

MUTANTS = [*Q1, *Q2, *Q3, *Q4, *Q5, *Q6, *Q7]
