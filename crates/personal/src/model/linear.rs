//! The linear item model: each item's score is the sum of weights of the items that a member likes.
//!
//! EASE (Steck, "Embarrassingly Shallow Autoencoders for Sparse Data", WWW 2019): with the Gram matrix `G = X'X` and
//! `C = (G + L)^-1`, the weight of item j for item i is `-C[j,i] / C[i,i]`, and 0 for i itself. Tags are rows of `X` like
//! members (CEASE: Jeunen, Van Balen, Goethals, "Closed-Form Models for Collaborative Filtering with Side-Information",
//! RecSys 2020). The diagonal `L` is a constant and a share of G's own diagonal, which keeps the weights from learning
//! that who likes an item likes it (EDLAE: Steck, "Autoencoders that don't overfit towards the Identity", NeurIPS 2020).

use crate::matrix::{Contribution, Matrix};
use crate::tagging::Tagging;

use super::head::{Form, Plan};
use super::inverse::{Singular, Square};

/// What the linear model leaves to choose.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct LinearParameters {
    /// What is added to the diagonal of the Gram matrix.
    pub ridge: f32,
    /// How much of the Gram matrix's own diagonal is added to it.
    pub dropout: f32,
    /// How much a tag counts, where a member counts 1; divided by the root of the tag's items.
    pub tag_weight: f32,
}

/// Rows of `X` with one weight each, both ways.
struct Rows {
    /// Items of each row, as places in the head.
    items: Vec<Vec<u32>>,
    /// Squared weight of each row.
    weight: Vec<f32>,
}

/// `C`, from which all weights follow, in whichever form is the smaller.
pub(crate) enum Solved {
    /// `C` itself.
    Primal(Square),
    /// `C = D - D X' K X D` with `D = L^-1` and `K = (1 + X D X')^-1` (Woodbury).
    Dual(Box<Dual>),
}

pub(crate) struct Dual {
    kernel: Square,
    rows: Rows,
    /// Rows of each item.
    rows_of: Vec<Vec<u32>>,
    /// `D`.
    inverse_ridge: Vec<f32>,
    diagonal: Vec<f32>,
}

/// What the model is solved from.
#[derive(Clone, Copy)]
pub(crate) struct Evidence<'a> {
    pub(crate) matrix: &'a Matrix,
    /// The members that the matrix is made of.
    pub(crate) members: &'a [Contribution],
    pub(crate) tagging: &'a Tagging,
}

/// Solves for `C`.
pub(crate) fn solve(
    evidence: &Evidence<'_>,
    plan: &Plan,
    parameters: &LinearParameters,
    threads: usize,
) -> Result<Solved, Singular> {
    match plan.form {
        Form::Primal => primal(evidence, plan, parameters, threads).map(Solved::Primal),
        Form::Dual => dual(evidence, plan, parameters, threads).map(|dual| Solved::Dual(Box::new(dual))),
    }
}

/// The tag rows: items in the head, and the squared weight.
fn tag_rows<'a>(
    evidence: &Evidence<'a>,
    plan: &'a Plan,
    tag_weight: f32,
) -> impl Iterator<Item = (Vec<u32>, f32)> + use<'a> {
    let tagging = evidence.tagging;
    let tags: &[u32] = if tag_weight > 0.0 { &plan.tags } else { &[] };
    tags.iter().map(move |tag| {
        let items = plan.head.places(tagging.items_of(*tag));
        let weight = tag_weight / (items.len() as f32).sqrt();
        (items, weight)
    })
}

fn primal(
    evidence: &Evidence<'_>,
    plan: &Plan,
    parameters: &LinearParameters,
    threads: usize,
) -> Result<Square, Singular> {
    let head = &plan.head;
    let mut gram = Square::zeros(head.len());
    for (item, count) in evidence.matrix.items() {
        if let Some(at) = head.place(item) {
            gram.column_mut(at as usize)[at as usize] = count as f32;
        }
    }
    for (a, b, count) in evidence.matrix.pairs() {
        if let (Some(a), Some(b)) = (head.place(a), head.place(b)) {
            gram.column_mut(a.min(b) as usize)[a.max(b) as usize] = count as f32;
        }
    }
    for (items, weight) in tag_rows(evidence, plan, parameters.tag_weight) {
        for (from, item) in items.iter().enumerate() {
            let column = gram.column_mut(*item as usize);
            items[from..].iter().for_each(|other| column[*other as usize] += weight);
        }
    }
    for at in 0..head.len() {
        let value = &mut gram.column_mut(at)[at];
        *value += parameters.ridge + parameters.dropout * *value;
    }
    gram.inverted(threads)
}

fn dual(evidence: &Evidence<'_>, plan: &Plan, parameters: &LinearParameters, threads: usize) -> Result<Dual, Singular> {
    let head = &plan.head;
    let rows = rows(evidence, plan, parameters.tag_weight);
    let mut rows_of = vec![Vec::new(); head.len()];
    for (row, items) in rows.items.iter().enumerate() {
        items.iter().for_each(|item| rows_of[*item as usize].push(row as u32));
    }
    let inverse_ridge: Vec<f32> = rows_of
        .iter()
        .map(|rows_of| {
            let own: f32 = rows_of.iter().map(|row| rows.weight[*row as usize]).sum();
            1.0 / (parameters.ridge + parameters.dropout * own)
        })
        .collect();
    let mut kernel = Square::zeros(rows.items.len());
    for (rows_of, inverse) in rows_of.iter().zip(&inverse_ridge) {
        for (from, row) in rows_of.iter().enumerate() {
            let scale = rows.weight[*row as usize].sqrt() * inverse;
            let column = kernel.column_mut(*row as usize);
            for other in &rows_of[from..] {
                column[*other as usize] += scale * rows.weight[*other as usize].sqrt();
            }
        }
    }
    (0..kernel.size()).for_each(|at| kernel.column_mut(at)[at] += 1.0);
    let kernel = kernel.inverted(threads)?;
    let mut dual = Dual { kernel, rows, rows_of, inverse_ridge, diagonal: Vec::new() };
    dual.diagonal = (0..head.len()).map(|at| dual.own(at)).collect();
    Ok(dual)
}

/// The members in the order of what they like, which is the same whatever order they come in, and the tags.
fn rows(evidence: &Evidence<'_>, plan: &Plan, tag_weight: f32) -> Rows {
    let mut members: Vec<Vec<u32>> = evidence.members.iter().map(|member| plan.head.places(member.items())).collect();
    members.sort_unstable();
    let mut rows = Rows { weight: vec![1.0; members.len()], items: members };
    for (items, weight) in tag_rows(evidence, plan, tag_weight) {
        rows.items.push(items);
        rows.weight.push(weight);
    }
    rows
}

impl Dual {
    /// `C[at, at]`.
    fn own(&self, at: usize) -> f32 {
        let mut sum = 0.0_f64;
        for a in &self.rows_of[at] {
            let column = self.kernel.column(*a as usize);
            let weight = f64::from(self.rows.weight[*a as usize].sqrt());
            for b in &self.rows_of[at] {
                sum += weight * f64::from(self.rows.weight[*b as usize].sqrt()) * f64::from(column[*b as usize]);
            }
        }
        let inverse = f64::from(self.inverse_ridge[at]);
        (inverse - inverse * inverse * sum) as f32
    }

    /// The sum of the rows of `C` of these places.
    fn sum(&self, places: &[u32], out: &mut [f32]) {
        let mut load = vec![0.0_f32; self.rows.items.len()];
        for at in places {
            let inverse = self.inverse_ridge[*at as usize];
            for row in &self.rows_of[*at as usize] {
                load[*row as usize] += inverse * self.rows.weight[*row as usize].sqrt();
            }
        }
        let mut answer = vec![0.0_f32; load.len()];
        for (row, load) in load.iter().enumerate().filter(|(_, load)| **load != 0.0) {
            for (a, k) in answer.iter_mut().zip(self.kernel.column(row)) {
                *a += load * k;
            }
        }
        out.fill(0.0);
        for ((items, weight), answer) in self.rows.items.iter().zip(&self.rows.weight).zip(&answer) {
            let part = answer * weight.sqrt();
            items.iter().for_each(|item| out[*item as usize] -= part);
        }
        for (out, inverse) in out.iter_mut().zip(&self.inverse_ridge) {
            *out *= inverse;
        }
        for at in places {
            out[*at as usize] += self.inverse_ridge[*at as usize];
        }
    }
}

impl Solved {
    /// The sums of the weights of these places, for each place of the head. Their own are without meaning.
    pub(crate) fn scores(&self, places: &[u32], out: &mut [f32]) {
        match self {
            Solved::Primal(inverse) => {
                out.fill(0.0);
                for at in places {
                    out.iter_mut().zip(inverse.column(*at as usize)).for_each(|(out, c)| *out += c);
                }
                for (at, out) in out.iter_mut().enumerate() {
                    *out /= -inverse.at(at, at);
                }
            }
            Solved::Dual(dual) => {
                dual.sum(places, out);
                out.iter_mut().zip(&dual.diagonal).for_each(|(out, own)| *out /= -own);
            }
        }
    }
}
