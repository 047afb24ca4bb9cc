"""Wrong answers to the problem set on norms: the mistakes that students make, what each costs, and what it is told.

Most are the solution but for one passage, so that a change of the solution is a change here too.
"""

from pathlib import Path

from gencourse.assign import Mutant, load

CELLS = load(Path(__file__).parent).cells


def but(cell: str, *changes: tuple[str, str]) -> str:
    """The solution of a cell, but for these passages, each of which must stand in it once."""
    source = CELLS[cell].source.partition("\n")[2]
    for old, new in changes:
        if source.count(old) != 1:
            raise ValueError(f"{cell}: {old!r} must occur once, it occurs {source.count(old)} times")
        source = source.replace(old, new)
    return source


def wrong(name: str, cell: str, change: tuple[str, str] | str, loses: str, hint: str, *more: tuple[str, str]) -> Mutant:
    """A mutant: `change` is the passage that is wrong or the whole cell, `loses` the tests of the question."""
    source = change if isinstance(change, str) else but(cell, change, *more)
    tests = [f"{cell.partition('-')[0]}-{test}" for test in loses.split()]
    return Mutant(name, cell, source, {test: CELLS[test].points for test in tests}, hint)


EIGENVALUE_OF_A = """\
values, vectors = torch.linalg.eig(A)
norm_2, x_2 = values.abs().max(), vectors[:, values.abs().argmax()].real"""

NORM_OF_EVERYTHING = """
def network_bound(net, size):
    return colleagues_bound(net)


def colleagues_bound(net):
    product = 1.0
    for layer in net:
        if isinstance(layer, nn.Conv2d | nn.Linear):
            product = product * torch.linalg.norm(layer.weight.detach())
    return product
"""

BOUND_OF_THE_PACKAGE = """
def network_bound(net, size):
    first = next(layer for layer in net if hasattr(layer, "weight"))
    shape = (first.in_features,) if isinstance(first, nn.Linear) else (first.in_channels, *size)
    return gc.norms.lipschitz_bound(net, shape)
"""

MUTANTS = [
    # --- 1: four gains by hand ---
    wrong(
        "q1: rows and columns exchanged", "q1",
        ("A.abs().sum(dim=0), A.abs().sum(dim=1)", "A.abs().sum(dim=1), A.abs().sum(dim=0)"), "visible hidden",
        "in the 1-norm, then in the ∞-norm"
    ),
    wrong(
        "q1: the smaller column", "q1",
        ("columns.max(), torch.eye(2)[columns.argmax()]", "columns.min(), torch.eye(2)[columns.argmin()]"), "hidden",
        "which is largest?"
    ),
    wrong(
        "q1: the row itself in place of its signs", "q1", ("A[rows.argmax()].sign()", "A[rows.argmax()]"),
        "visible hidden", "a vector that attains the norm has exactly this gain"
    ),
    wrong(
        "q1: Frobenius norm for the 2-norm", "q1", ("norm_2 = largest_eigenvalue.sqrt()", "norm_2 = trace.sqrt()"),
        "visible hidden-2", "a vector that attains the norm has exactly this gain"
    ),
    wrong(
        "q1: root forgotten", "q1", ("norm_2 = largest_eigenvalue.sqrt()", "norm_2 = largest_eigenvalue"),
        "visible hidden-2", "an eigenvalue of AᵀA, or its root?"
    ),
    wrong(
        "q1: the smaller singular value", "q1", ("(trace + (trace", "(trace - (trace"), "hidden-2",
        "Does some other vector have a larger gain than norm_2?"
    ),
    wrong(
        "q1: eigenvalue of A", "q1",
        ("x_2 = [square[0, 1], largest_eigenvalue - square[0, 0]]", EIGENVALUE_OF_A),
        "hidden-2", "Is your number an eigenvalue of AᵀA"
    ),
    wrong(
        "q1: all entries added", "q1", ("norm_inf_1, x_inf_1 = sums.max()", "norm_inf_1, x_inf_1 = A.abs().sum()"),
        "visible hidden-3", "the largest sum of the moduli"
    ),
    wrong(
        "q1: the other corner", "q1", ("sums.max(), corners[sums.argmax()]", "sums.min(), corners[sums.argmin()]"),
        "hidden-3", "Work out Ax at each corner"
    ),
    wrong(
        "q1: largest row for the gain from ∞ to 1", "q1",
        ("norm_inf_1, x_inf_1 = sums.max()", "norm_inf_1, x_inf_1 = rows.max()"), "visible hidden-3",
        "no gain may exceed the norm"
    ),
    # --- 2: an opponent with a few patches ---
    wrong(
        "q2: exponents not exchanged for their partners", "q2-a", ("vector(w, partner(p))", "vector(w, p)"),
        "visible hidden", "by hand the largest score is", ("vector(reach, partner(r))", "vector(reach, r)")
    ),
    wrong(
        "q2: partner inside the patch only", "q2-a", ("vector(reach, partner(r))", "vector(reach, r)"),
        "visible hidden", "and which one between the patches"
    ),
    wrong(
        "q2: patches and pixels exchanged", "q2-a", ("vector(w, partner(p))", "vector(w.T, partner(p))"),
        "visible hidden", "by hand the largest score is"
    ),
    wrong(
        "q2: 1 and ∞ exchanged, other exponents left", "q2-a",
        ("vector(w, partner(p))", "vector(w, {1: inf, inf: 1}.get(p, p))"),
        "hidden", "Try p = 1.5 and r = 3", ("vector(reach, partner(r))", "vector(reach, {1: inf, inf: 1}.get(r, r))")
    ),
    wrong(
        "q2: every patch at full size", "q2-b", ("share = farthest(reach, r)", "share = torch.ones(len(w))"),
        "visible hidden-2 hidden-3", "how is one unit shared among the patches?"
    ),
    wrong(
        "q2: shared in proportion to what the patches offer", "q2-b",
        ("share = farthest(reach, r)", "share = reach / gc.norms.vector(reach, r)"), "hidden-2 hidden-3",
        "Which sizes of its patches get most"
    ),
    wrong(
        "q2: signs forgotten", "q2-b", ("farthest(w[used], p)", "farthest(w[used], p).abs()"),
        "visible hidden-2 hidden-3", "and 13 can be had"
    ),
    wrong(
        "q2: farthest point of the partner's ball", "q2-b", ("farthest(w[used], p)", "farthest(w[used], partner(p))"),
        "hidden-2 hidden-3", "is the block norm of x 1?"
    ),
    wrong(
        "q2: zero patch divided by its length", "q2-b", ("used = reach > 0", "used = reach > -1"), "hidden-3",
        "Set one whole patch of w to zero"
    ),
    # --- 3: the second gain ---
    wrong(
        "q3: one product a round, not two", "q3-a", ("/ (2 * math.log(1 / rho))", "/ math.log(1 / rho)"), "hidden",
        "By what does one round multiply"
    ),
    wrong(
        "q3: rate of the gain for that of the vector", "q3-a", ("(2 * math.log(1 / rho))", "(4 * math.log(1 / rho))"),
        "hidden", "Their ratio has to grow from 1e-16 to 1"
    ),
    wrong(
        "q3: the colleague's function", "q3-b",
        "def second_gain(A, v_1, x, rounds):\n    return colleagues_second_gain(A, v_1, x, rounds)",
        "hidden-2 hidden-3", "does it stay small?"
    ),
    wrong(
        "q3: perpendicular at the start only", "q3-b",
        ("        x = x - v_1 * (v_1 @ x)  # in every round", "        # in every round"), "hidden-2 hidden-3",
        "Print v_1 @ x in each of 1000 rounds"
    ),
    wrong(
        "q3: perpendicular before the products, not after", "q3-b",
        ("        x = A.T @ (A @ x)", "        x = x - v_1 * (v_1 @ x)\n        x = A.T @ (A @ x)"), "hidden-3",
        "perpendicular to v_1 at the moment its gain is measured",
        ("        x = x - v_1 * (v_1 @ x)  # in every round", "        # in every round")
    ),
    wrong(
        "q3: gain from the squared matrix", "q3-b",
        ("gc.norms.vector(A @ x, 2) / gc", "(x @ (A.T @ A) @ x).sqrt() / gc"), "hidden-3",
        "Which product squares the singular values"
    ),
    wrong(
        "q3: never brought back to length 1", "q3-b", ("        x = x / gc.norms.vector(x, 2)\n", ""), "hidden-2",
        "Does 1000 A work too"
    ),
    wrong(
        "q3: one round too many", "q3-b", ("in range(rounds)", "in range(rounds + 1)"), "visible hidden-2 hidden-3",
        "is 1 round one round?"
    ),
    # --- 4: a lucky pair, and the nearest singular matrix ---
    wrong(
        "q4: the unlucky pair", "q4-a",
        ("b = gc.norms.maximizer(torch.linalg.inv(A), p)", "b = A @ gc.norms.maximizer(A, p)"), "visible hidden",
        "1/3 was wanted", ("return b, A @ dx", "return b, gc.norms.maximizer(torch.linalg.inv(A), p)")
    ),
    wrong(
        "q4: the disturbance of x for that of b", "q4-a", ("return b, A @ dx", "return b, dx"), "visible hidden",
        "solve for x and δx"
    ),
    wrong(
        "q4: lucky in the 2-norm only", "q4-a",
        ("maximizer(torch.linalg.inv(A), p)", "maximizer(torch.linalg.inv(A), 2)"), "hidden", "For p = 1, 2, ∞",
        ("maximizer(A, p)", "maximizer(A, 2)")
    ),
    wrong(
        "q4: plus for minus", "q4-b", ("-torch.outer(b, w)", "torch.outer(b, w)"), "visible hidden-2 hidden-3",
        "A + E is not singular"
    ),
    wrong(
        "q4: A itself taken away", "q4-b", "def nearest_singular(A, p):\n    return -A", "hidden-2 hidden-3",
        "the norm of E the smallest singular value of A"
    ),
    wrong(
        "q4: the matrix of p = 2 for every p", "q4-b",
        """
        def nearest_singular(A, p):
            U, S, Vh = torch.linalg.svd(A)
            return -S[-1] * torch.outer(U[:, -1], Vh[-1])
        """,
        "hidden-3", "is ‖E‖ equal to 1/‖A⁻¹‖?"
    ),
    wrong(
        "q4: w from the ball of p", "q4-b", ("farthest(x, partner(p))", "farthest(x, p)"), "hidden-3",
        "In which ball does w lie"
    ),
    # --- 5: the loudest image ---
    wrong(
        "q5: real part of the transform for its modulus", "q5-a",
        (".conj().permute(2, 3, 0, 1)", ".real.permute(2, 3, 0, 1)"), "hidden hidden-2",
        "the largest modulus of the transfer function"
    ),
    wrong(
        "q5: conjugate of the transform forgotten", "q5-a", (".conj().permute(2, 3, 0, 1)", ".permute(2, 3, 0, 1)"),
        "hidden-2", "fft2 turns phases the other way"
    ),
    wrong(
        "q5: same amplitude in every channel", "q5-a",
        ("v = Vh[f_1, f_2, 0].conj()", "v = torch.ones(weight.shape[1]) + 0j"), "hidden-2",
        "Which singular vector of the small matrix is on the input side?"
    ),
    wrong(
        "q5: the two frequencies exchanged", "q5-a",
        ("f_1 * t_1 / h + f_2 * t_2 / w", "f_2 * t_1 / h + f_1 * t_2 / w"), "visible hidden hidden-2",
        "f_1 periods down, f_2 across"
    ),
    wrong(
        "q5: modulus of the wave for its real part", "q5-a", ("wave).real", "wave).abs()"), "visible hidden hidden-2",
        "and your image only the gain"
    ),
    wrong("q5: complex image", "q5-a", ("wave).real", "wave)"), "visible hidden hidden-2", "the image must be real"),
    wrong(
        "q5: Laplacian for under", "q5-b",
        ("[[8, -10, 8], [-10, 8, -10], [8, -10, 8]]", "[[0, -1, 0], [-1, 4, -1], [0, -1, 0]]"), "hidden-3",
        "match one wave?"
    ),
    wrong(
        "q5: box filter for under", "q5-b",
        ("[[8, -10, 8], [-10, 8, -10], [8, -10, 8]]", "[[1, 1, 1], [1, 1, 1], [1, 1, 1]]"), "hidden-3",
        "do the taps add up to 0"
    ),
    wrong(
        "q5: neighbours cancel, but not on the circle", "q5-b",
        ("[[1, 0, -1], [0, 0, 0], [0, 0, 0]]", "[[1, -1, 0], [0, 0, 0], [0, 0, 0]]"), "hidden-3",
        "which taps meet on a circle of two pixels?"
    ),
    wrong("q5: one tap for exact", "q5-b", ("[[1, 1, 1, -1]]", "[[1]]"), "hidden-4", "at least four taps not zero"),
    wrong(
        "q5: signs without a plan for exact", "q5-b", ("[[1, 1, 1, -1]]", "[[1, 1], [1, -1]]"), "hidden-4",
        "Are all 16 gains equal"
    ),
    # --- 6: one norm for all layers ---
    wrong(
        "q6: the colleague's function", "q6-a",
        NORM_OF_EVERYTHING,
        "visible hidden hidden-2", "the norms are 4 and 2, so 8"
    ),
    wrong(
        "q6: flattened kernel", "q6-a", ("gc.norms.conv2d(weight, size)", "gc.norms.conv2d_flattened(weight)"),
        "visible hidden hidden-2", "makes a constant image nine times as strong"
    ),
    wrong(
        "q6: Frobenius norm of a matrix", "q6-a",
        ("gc.norms.spectral(here.weight.detach())", "here.weight.detach().norm()"), "visible hidden",
        "the norms are 4 and 2"
    ),
    wrong(
        "q6: batch normalisation forgotten", "q6-a", ("weight = factor[:, None, None, None] * weight", "pass"),
        "hidden-2", "of each output channel into the kernel before it"
    ),
    wrong(
        "q6: batch normalisation counted by itself", "q6-a",
        ("weight = factor[:, None, None, None] * weight", "bound *= factor.abs().max()"), "hidden-2",
        "take one norm of the result"
    ),
    wrong(
        "q6: variance for standard deviation", "q6-a",
        ("(after.running_var + after.eps).sqrt()", "(after.running_var + after.eps)"), "hidden-2", "γ_c / √(v_c + ε)"
    ),
    wrong("q6: sigmoid counted as 1", "q6-a", ("bound *= 1 / 4", "pass"), "hidden", "the slope of each activation"),
    wrong(
        "q6: height and width exchanged", "q6-a",
        ("gc.norms.conv2d(weight, size)", "gc.norms.conv2d(weight, size[::-1])"), "hidden hidden-2",
        "on images of this size"
    ),
    wrong(
        "q6: lipschitz_bound called", "q6-a",
        BOUND_OF_THE_PACKAGE,
        "hidden-2", "take one norm of the result"
    ),
    wrong(
        "q6: two random images", "q6-b",
        "x_witness, y_witness = torch.rand(2, 1, 1, 8, 8, generator=torch.Generator().manual_seed(0))", "hidden-3",
        "Is the slope between your images above his bound"
    ),
    wrong(
        "q6: brighter than white", "q6-b",
        ("x_witness = torch.ones(1, 1, 8, 8)", "x_witness = 5 * torch.ones(1, 1, 8, 8)"), "hidden-3",
        "all pixels in [0, 1]"
    ),
    # --- 7: a code for clothes ---
    wrong(
        "q7: singular values not squared", "q7-a", ("sigma.square().cumsum", "sigma.cumsum"), "visible hidden",
        "What is added up to give the energy?"
    ),
    wrong(
        "q7: one pattern too few", "q7-a", (".sum()) + 1", ".sum())"), "visible hidden",
        "the first two keep 20/21 of the energy"
    ),
    wrong(
        "q7: mean of the test images", "q7-b", ("M = test - mean", "M = test - test.mean(dim=0)"), "hidden-2",
        "Which images give mean and patterns?"
    ),
    wrong("q7: one mean for all pixels", "q7-b", ("train.mean(dim=0)", "train.mean()"), "hidden-2", "Print shapes."),
    wrong(
        "q7: patterns of the test images", "q7-b", ("torch.linalg.svd(train - mean", "torch.linalg.svd(test - mean"),
        "hidden-2", "Which images give mean and patterns?"
    ),
    wrong("q7: columns of V* for its rows", "q7-b", (".Vh[:r]", ".Vh[:, :r].T"), "hidden-2", "Print shapes."),
    wrong(
        "q7: least error from the training images", "q7-b",
        ("torch.linalg.svdvals(M)[r:]", "torch.linalg.svdvals(train - mean)[r:]"), "hidden-2",
        "all σ that are cut off, of which matrix?"
    ),
    wrong(
        "q7: one singular value for all that are cut off", "q7-b", ("svdvals(M)[r:]", "svdvals(M)[r : r + 1]"),
        "hidden-2", "all σ that are cut off, of which matrix?"
    ),
    wrong(
        "q7: the two kinds exchanged", "q7-c",
        ("simplest, richest = max(kept, key=kept.get), min", "richest, simplest = max(kept, key=kept.get), min"),
        "hidden-3", "where largest, where smallest?"
    ),
    wrong(
        "q7: mean image not subtracted", "q7-c", ("svdvals(pixels - pixels.mean(dim=0))", "svdvals(pixels)"),
        "hidden-3", "Each label has a mean image of its own"
    ),
    wrong(
        "q7: energy without squares", "q7-c", (".mean(dim=0)).square()", ".mean(dim=0))"), "hidden-3",
        "Five squares over all squares"
    ),
]
