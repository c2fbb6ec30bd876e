//! The leaf of an operation and the compact Merkle frontier of a village (RFC 6962).

use sha2::{Digest, Sha256};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// `SHA-256(0x00 || salt || entry)`: the leaf of one operation.
#[must_use]
pub fn leaf(salt: &[u8; 16], entry: &[u8]) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([0]);
    hasher.update(salt);
    hasher.update(entry);
    hasher.finalize().into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    let mut hasher = Sha256::new();
    hasher.update([1]);
    hasher.update(left);
    hasher.update(right);
    hasher.finalize().into()
}

/// The roots of the perfect subtrees, largest first; as many as `size` has bits set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    nodes: Vec<Hash>,
}

impl Frontier {
    /// Rebuilds a stored frontier; `None` when the bytes do not belong to that size.
    #[must_use]
    pub fn stored(size: u64, bytes: &[u8]) -> Option<Frontier> {
        let (chunks, rest) = bytes.as_chunks::<32>();
        let fits = rest.is_empty() && chunks.len() == size.count_ones() as usize;
        fits.then(|| Frontier {
            size,
            nodes: chunks.to_vec(),
        })
    }

    /// How many leaves it covers.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The nodes one after another, for storing.
    #[must_use]
    pub fn bytes(&self) -> Vec<u8> {
        self.nodes.concat()
    }

    /// Adds the next leaf.
    pub fn append(&mut self, leaf: Hash) {
        let mut hash = leaf;
        let mut bits = self.size;
        while bits & 1 == 1 {
            if let Some(left) = self.nodes.pop() {
                hash = node(&left, &hash);
            }
            bits >>= 1;
        }
        self.nodes.push(hash);
        self.size += 1;
    }

    /// The Merkle tree head; for no leaves the hash of nothing.
    #[must_use]
    pub fn root(&self) -> Hash {
        let mut nodes = self.nodes.iter().rev();
        match nodes.next() {
            None => Sha256::digest([]).into(),
            Some(last) => nodes.fold(*last, |right, left| node(left, &right)),
        }
    }
}

/// The root over leaves, computed from nothing else (RFC 6962 section 2.1).
#[must_use]
pub fn root_of(leaves: &[Hash]) -> Hash {
    let mut frontier = Frontier::default();
    for leaf in leaves {
        frontier.append(*leaf);
    }
    frontier.root()
}

/// The audit path of leaf `index` (RFC 6962 section 2.1.1); `None` when there is no such leaf.
#[must_use]
pub fn path(leaves: &[Hash], index: usize) -> Option<Vec<Hash>> {
    if index >= leaves.len() {
        return None;
    }
    let (mut slice, mut at, mut siblings) = (leaves, index, Vec::new());
    while slice.len() > 1 {
        let split = slice.len().next_power_of_two() / 2;
        let (left, right) = slice.split_at(split);
        if at < split {
            siblings.push(root_of(right));
            slice = left;
        } else {
            siblings.push(root_of(left));
            (slice, at) = (right, at - split);
        }
    }
    siblings.reverse();
    Some(siblings)
}

/// Whether `path` leads from `leaf` at `index` to `root` in a tree of `size` leaves (RFC 9162 2.1.3.2).
#[must_use]
pub fn path_holds(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut fnode, mut snode, mut hash) = (index, size - 1, *leaf);
    for sibling in path {
        if snode == 0 {
            return false;
        }
        if fnode & 1 == 1 || fnode == snode {
            hash = node(sibling, &hash);
            while fnode & 1 == 0 && fnode != 0 {
                fnode >>= 1;
                snode >>= 1;
            }
        } else {
            hash = node(&hash, sibling);
        }
        fnode >>= 1;
        snode >>= 1;
    }
    snode == 0 && hash == *root
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frontier_path_and_verifier_agree_at_every_size() {
        let leaves: Vec<Hash> = (0u8..70).map(|n| leaf(&[0; 16], &[n])).collect();
        let mut frontier = Frontier::default();
        for size in 1..=leaves.len() {
            frontier.append(leaves[size - 1]);
            let root = root_of(&leaves[..size]);
            assert_eq!(frontier.root(), root);
            let stored = Frontier::stored(size as u64, &frontier.bytes()).expect("fits");
            assert_eq!(stored, frontier);
            for index in 0..size {
                let path = path(&leaves[..size], index).expect("in range");
                assert!(path_holds(
                    &leaves[index],
                    index as u64,
                    size as u64,
                    &path,
                    &root
                ));
                let wrong = (index + 1) % size;
                if wrong != index {
                    assert!(!path_holds(
                        &leaves[wrong],
                        index as u64,
                        size as u64,
                        &path,
                        &root
                    ));
                }
            }
        }
        assert_eq!(Frontier::stored(3, &[0; 32]), None);
    }

    #[test]
    fn known_roots() {
        // RFC 6962: the root of the empty tree, and of one empty leaf without salt.
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(hex::encode(root_of(&[])), empty);
        let one: Hash = Sha256::digest([0]).into();
        let known = "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d";
        assert_eq!(hex::encode(root_of(&[one])), known);
    }
}
