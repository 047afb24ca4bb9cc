"""The search as a reader uses it: what is typed is found by number, name, symbol or function, and comes first."""

import pytest

# What a reader types, and the beginnings of what may stand first, with where it leads.
FIRST = [
    ("Theorem 3.2", "Theorem 3.2: Power iteration", "03_computing_the_2norm.html#thm-power-iteration"),
    ("thm 3.2", "Theorem 3.2: Power iteration", "03_computing_the_2norm.html#thm-power-iteration"),
    ("power iteration", "power iteration", "glossary.html#term-power-iteration"),
    ("power iteration without a gap", "Proposition 3.4: Power iteration without a gap", "#prp-gap-free"),
    ("exercise 2.1", "Exercise 2.1: Rank one", "02_matrix_norms.html#ex-2-1"),
    ("‖A‖₂", "‖A‖₂, norms.induced(A, 2)", "notation.html#symbol-"),
    ("||A||_2", "‖A‖₂, norms.induced(A, 2)", "notation.html#symbol-"),
    ("‖A‖_F", "‖A‖_F, norms.frobenius(A)", "notation.html#symbol-"),
    ("logvar", "μ, log σ², mu, logvar", "notation.html#symbol-"),
    ("spectral norm", "spectral norm", "glossary.html#term-spectral-norm"),
    ("induced", "gencourse.norms.induced", "api.html#gencourse.norms.induced"),
    ("gc.fit", "gencourse.training.fit", "api.html#gencourse.training.fit"),
    ("gc.norms.induced", "gencourse.norms.induced", "api.html#gencourse.norms.induced"),
]


def found(page) -> list[tuple[str, str]]:
    """Text and address of all results, once they are all there."""
    page.wait_for_load_state("networkidle")  # each result quotes its page
    page.wait_for_function("/found \\d+|did not match/.test(document.querySelector('.search-summary')?.textContent)")
    return [(a.inner_text(), a.get_attribute("href")) for a in page.locator("#search-results li > a").all()]


@pytest.mark.parametrize(("typed", "name", "address"), FIRST)
def test_what_is_typed_comes_first(visit, typed, name, address):
    page = visit.open("book/index.html")
    page.keyboard.press("Control+k")
    page.locator("#pst-search-dialog input").fill(typed)
    page.keyboard.press("Enter")
    page.wait_for_url("**/search.html*")
    text, href = found(page)[0]
    assert text.startswith(name) and address in href
    page.locator("#search-results li > a").first.click()
    page.wait_for_load_state()
    assert page.evaluate("document.querySelector(':target') !== null")
    assert visit.troubles == []


@pytest.mark.parametrize("typed", ["σ", "sigma", "Σ"])
def test_a_greek_letter_finds_all_rows_that_have_it(visit, typed):
    visit.page.goto(f"{visit.site}search.html?q={typed}")
    rows = [text for text, href in found(visit.page) if "#symbol-" in href]
    assert len(rows) >= 5 and found(visit.page)[0][0] in rows
    assert any(row.startswith("σ₁ ≥ σ₂") for row in rows) and any(row.startswith("Σ,") for row in rows)


def test_words_in_the_text_are_found_as_before(visit):
    visit.page.goto(f"{visit.site}search.html?q=checkerboard")
    assert any("08_dcgan.html" in href for _, href in found(visit.page))
    assert visit.troubles == []
