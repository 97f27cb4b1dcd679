"""Trees, proofs, tiles and codes for any size and any slip."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable
from typing import Any, TypeVar

import pytest
from hypothesis import given as for_all
from hypothesis import settings
from hypothesis import strategies as st

from vault.codes import ALPHABET, CODE_LENGTH, format_code, new_code, parse_code
from vault.errors import CodeMistyped, ProofInvalid
from vault.log.merkle import (
    EMPTY_ROOT,
    NodeReader,
    consistency_path,
    extend_right_edge,
    inclusion_path,
    leaf_hash,
    node_hash,
    perfect_root,
    root_at,
    root_of_right_edge,
    verify_consistency,
    verify_inclusion,
)
from vault.log.tiles import TILE_WIDTH, entry_bundle, read_entry_bundle, tile_with, tiles_of
from vault.stores import checked_segments

Test = TypeVar("Test", bound=Callable[..., None])

LEAVES = [leaf_hash(f"entry {number}".encode()) for number in range(700)]
# RFC 9162 gives no vectors; these are the ones of the Certificate Transparency reference implementation.
CT_ENTRIES = [
    bytes.fromhex(text)
    for text in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
CT_ROOT_OF_EIGHT = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"


def given(
    *strategies: st.SearchStrategy[Any], **named: st.SearchStrategy[Any]
) -> Callable[[Test], Callable[..., None]]:
    """Try many values without a stopwatch: on a busy machine a slow example is no wrong one."""

    def decorate(test: Test) -> Callable[..., None]:
        return settings(deadline=None)(for_all(*strategies, **named)(test))

    return decorate


sizes = st.integers(1, len(LEAVES))


def _reader(leaves: list[bytes]) -> NodeReader:
    return lambda level, index: perfect_root(leaves[index << level : (index + 1) << level])


def _root(size: int) -> bytes:
    return root_at(size, node=_reader(LEAVES))


def _naive_root(leaves: list[bytes]) -> bytes:
    # The definition of RFC 9162, 2.1.1, word for word.
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1 << (len(leaves) - 1).bit_length() - 1
    return node_hash(_naive_root(leaves[:split]), _naive_root(leaves[split:]))


def test_reference_tree_of_certificate_transparency_has_its_root() -> None:
    leaves = [leaf_hash(entry) for entry in CT_ENTRIES]
    assert _naive_root(leaves).hex() == root_at(8, node=_reader(leaves)).hex() == CT_ROOT_OF_EIGHT
    assert root_of_right_edge(()) == EMPTY_ROOT == _naive_root([])


@given(size=sizes, batch=st.integers(0, 300))
def test_root_is_the_definition_however_the_tree_grew(size: int, batch: int) -> None:
    first = LEAVES[: min(batch, size)]
    edge = extend_right_edge((), size=0, leaves=first)
    edge = extend_right_edge(edge, size=len(first), leaves=LEAVES[len(first) : size])
    assert root_of_right_edge(edge) == _root(size) == _naive_root(LEAVES[:size])


@given(size=sizes, place=st.integers(0))
def test_every_leaf_is_provable(size: int, place: int) -> None:
    index = place % size
    path = inclusion_path(index, size=size, node=_reader(LEAVES))
    verify_inclusion(LEAVES[index], index=index, size=size, path=path, root=_root(size))


@given(size=sizes, place=st.integers(0), other=st.integers(0), bit=st.integers(0))
def test_altered_inclusion_proof_never_convinces(size: int, place: int, other: int, bit: int) -> None:
    index = place % size
    path = inclusion_path(index, size=size, node=_reader(LEAVES))
    root = _root(size)
    forgeries: list[tuple[bytes, int, tuple[bytes, ...]]] = [
        (LEAVES[index], index, (*path, root)),
        (leaf_hash(b"forged"), index, path),
        (LEAVES[index], -1, path),
        (LEAVES[index], size, path),
    ]
    if path:
        position = bit % len(path)
        flipped = bytes([path[position][0] ^ 1]) + path[position][1:]
        forgeries.append((LEAVES[index], index, (*path[:position], flipped, *path[position + 1 :])))
        forgeries.append((LEAVES[index], index, path[:-1]))
    if other % size != index:
        forgeries.append((LEAVES[index], other % size, path))
    for leaf, at_index, forged in forgeries:
        with pytest.raises(ProofInvalid):
            verify_inclusion(leaf, index=at_index, size=size, path=forged, root=root)


@given(first=sizes, second=sizes)
def test_every_older_tree_is_provably_a_prefix(first: int, second: int) -> None:
    old, new = min(first, second), max(first, second)
    path = consistency_path(old, new_size=new, node=_reader(LEAVES))
    verify_consistency(old_size=old, old_root=_root(old), new_size=new, new_root=_root(new), path=path)


@given(first=sizes, second=sizes, place=st.integers(0))
def test_rewritten_log_is_never_consistent(first: int, second: int, place: int) -> None:
    old, new = min(first, second), max(first, second)
    rewritten = list(LEAVES)
    rewritten[place % old] = leaf_hash(b"rewritten")
    path = consistency_path(old, new_size=new, node=_reader(rewritten))
    new_root = root_at(new, node=_reader(rewritten))
    with pytest.raises(ProofInvalid):
        verify_consistency(old_size=old, old_root=_root(old), new_size=new, new_root=new_root, path=path)


@given(first=sizes, second=sizes, cut=st.integers(0))
def test_shortened_or_lengthened_consistency_proof_never_convinces(first: int, second: int, cut: int) -> None:
    old, new = min(first, second), max(first, second)
    path = consistency_path(old, new_size=new, node=_reader(LEAVES))
    forgeries = [(*path, _root(old))]
    if path:
        position = cut % len(path)
        forgeries.append(path[:position] + path[position + 1 :])
    for forged in forgeries:
        with pytest.raises(ProofInvalid):
            verify_consistency(old_size=old, old_root=_root(old), new_size=new, new_root=_root(new), path=forged)


@given(old=st.integers(-3, 5), new=st.integers(-3, 5))
def test_impossible_sizes_are_refused(old: int, new: int) -> None:
    if 0 < old <= new:
        return
    with pytest.raises(ProofInvalid):
        verify_consistency(old_size=old, old_root=EMPTY_ROOT, new_size=new, new_root=EMPTY_ROOT, path=())
    with pytest.raises(ProofInvalid):
        consistency_path(old, new_size=new, node=_reader(LEAVES))


@given(size=st.integers(0, 10**12), published=st.integers(0, 3000))
def test_tiles_have_names_that_are_paths_and_widths_that_fit(size: int, published: int) -> None:
    known = max(0, size - published)
    for tile in tiles_of(size, published_size=known):
        checked_segments(tile.path)
        assert 1 <= tile.width <= TILE_WIDTH
        assert tile_with(tile.level, tile.index * TILE_WIDTH, size=size) == tile


@given(size=st.integers(0, 70_000), parts=st.lists(st.integers(0, 70_000), max_size=3))
def test_tiles_published_in_steps_hold_every_final_tile(size: int, parts: list[int]) -> None:
    steps = sorted({part for part in parts if part < size} | {size})
    published: set[str] = set()
    known = 0
    for step in steps:
        published |= {tile.path for tile in tiles_of(step, published_size=known)}
        known = step
    assert {tile.path for tile in tiles_of(size)} <= published


@given(st.lists(st.binary(max_size=300), max_size=20))
def test_entry_bundle_comes_back(entries: list[bytes]) -> None:
    assert read_entry_bundle(entry_bundle(tuple(entries))) == tuple(entries)


codes = st.builds(lambda seed: new_code(lambda count: seed[:count]), st.binary(min_size=8, max_size=8))


@given(codes)
def test_code_comes_back_however_it_is_typed(code: str) -> None:
    assert len(code) == CODE_LENGTH
    typed = format_code(code).lower().replace("0", "o").replace("1", "l")
    assert parse_code(f" {typed} ") == parse_code(code) == code


@given(codes, st.integers(0, CODE_LENGTH - 1), st.sampled_from(ALPHABET))
def test_every_single_wrong_symbol_is_caught(code: str, place: int, symbol: str) -> None:
    if code[place] == symbol:
        return
    with pytest.raises(CodeMistyped):
        parse_code(code[:place] + symbol + code[place + 1 :])


@given(codes, st.integers(0, CODE_LENGTH - 1), st.integers(0, CODE_LENGTH - 1))
def test_every_swap_of_two_symbols_is_caught(code: str, first: int, second: int) -> None:
    symbols = list(code)
    if symbols[first] == symbols[second]:
        return
    symbols[first], symbols[second] = symbols[second], symbols[first]
    with pytest.raises(CodeMistyped):
        parse_code("".join(symbols))


@given(st.text(max_size=20))
def test_any_text_is_a_code_or_mistyped(text: str) -> None:
    try:
        code = parse_code(text)
    except CodeMistyped:
        return
    assert parse_code(format_code(code)) == code


def test_codes_use_all_symbols_and_format_in_groups() -> None:
    drawn = [new_code(secrets.token_bytes) for _ in range(300)]
    assert len(set(drawn)) == 300
    assert set("".join(drawn)) == set(ALPHABET)
    assert format_code("K7PM3QWX9DHT5") == "K7PM-3QWX-9DHT-5"


@pytest.mark.parametrize("text", ["", "K7PM-3QWX-9DHT", "K7PM-3QWX-9DHT-55", "U7PM-3QWX-9DHT-5", "K7PM-3QWX-9DHT-ß"])
def test_text_of_a_wrong_length_or_letter_is_mistyped(text: str) -> None:
    with pytest.raises(CodeMistyped):
        parse_code(text)
