"""The tree equals RFC 9162's own recursive definition, and its proofs prove that and no more."""

import hashlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.audit import tree

# Leaves and roots of the reference vectors of Certificate Transparency
# (merkletree tests of google/certificate-transparency, SHA-256).
LEAVES = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


def reference(leaves: list[bytes]) -> bytes:
    """RFC 9162 §2.1.1, word by word."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + reference(leaves[:k]) + reference(leaves[k:])).digest()


def grow(leaves: list[bytes]) -> tuple[tree.Range, tree.Lookup]:
    grown, nodes = tree.Range(), {}
    for leaf in leaves:
        for node in grown.append(tree.leaf_hash(leaf)):
            nodes[node.level, node.idx] = node.hash
    return grown, lambda level, index: nodes[level, index]


some_leaves = st.lists(st.binary(max_size=8), min_size=1, max_size=70)


@pytest.mark.parametrize("size", range(1, 9))
def test_roots_are_the_published_ones(size):
    assert grow(LEAVES[:size])[0].root().hex() == ROOTS[size - 1]


def test_the_empty_tree_has_the_published_root():
    assert tree.Range().root().hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


@given(some_leaves)
def test_the_root_is_the_recursive_definition(leaves):
    grown, lookup = grow(leaves)
    assert grown.root() == reference(leaves)
    assert tree.subtree(0, len(leaves), lookup) == reference(leaves)


@given(some_leaves, st.data())
def test_growing_on_from_stored_nodes_gives_the_same_tree(leaves, data):
    cut = data.draw(st.integers(0, len(leaves)))
    _, lookup = grow(leaves[:cut])
    resumed = tree.Range.load(cut, lookup)
    for leaf in leaves[cut:]:
        list(resumed.append(tree.leaf_hash(leaf)))
    assert resumed == grow(leaves)[0]


@settings(max_examples=50)
@given(some_leaves)
def test_every_leaf_has_a_proof_and_no_other_does(leaves):
    grown, lookup = grow(leaves)
    for index, leaf in enumerate(leaves):
        proof = tree.inclusion_proof(index, len(leaves), lookup)
        assert len(proof) <= (len(leaves) - 1).bit_length()
        hash = tree.leaf_hash(leaf)
        assert tree.included(hash, index, len(leaves), proof, grown.root())
        assert not tree.included(tree.leaf_hash(leaf + b"!"), index, len(leaves), proof, grown.root())
        assert not tree.included(hash, index, len(leaves), [*proof, hash], grown.root())
        assert not tree.included(hash, index, len(leaves), proof, b"\0" * 32)


@settings(max_examples=50)
@given(some_leaves, st.data())
def test_a_tree_is_consistent_with_each_of_its_beginnings(leaves, data):
    old = data.draw(st.integers(1, len(leaves)))
    grown, lookup = grow(leaves)
    before = reference(leaves[:old])
    proof = tree.consistency_proof(old, len(leaves), lookup)
    assert len(proof) <= (len(leaves) - 1).bit_length() + 1
    assert tree.consistent(old, len(leaves), proof, before, grown.root())
    other = reference([*leaves[: old - 1], leaves[old - 1] + b"!"])
    assert not tree.consistent(old, len(leaves), proof, other, grown.root())
    assert not tree.consistent(old, len(leaves), [*proof, b"\0" * 32], before, grown.root())


@given(some_leaves, st.data())
def test_a_proof_holds_for_its_own_index_alone(leaves, data):
    distinct = [bytes([at]) + leaf for at, leaf in enumerate(leaves)]
    grown, lookup = grow(distinct)
    index = data.draw(st.integers(0, len(leaves) - 1))
    other = data.draw(st.integers(-2, len(leaves) + 2))
    proof = tree.inclusion_proof(index, len(leaves), lookup)
    proven = tree.included(tree.leaf_hash(distinct[index]), other, len(leaves), proof, grown.root())
    assert proven == (other == index)


def test_what_is_not_in_the_tree_has_no_proof():
    _, lookup = grow(LEAVES)
    for act in (
        lambda: tree.inclusion_proof(8, 8, lookup),
        lambda: tree.inclusion_proof(-1, 8, lookup),
        lambda: tree.consistency_proof(0, 8, lookup),
        lambda: tree.consistency_proof(9, 8, lookup),
    ):
        with pytest.raises(ValueError, match="^no "):
            act()
