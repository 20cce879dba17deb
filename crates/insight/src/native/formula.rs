//! Formulas over the events of a question: `UNIQUES(A) / UNIQUES(B) * 100`.

use super::error::bad;
use super::resolve::Resolved;

const MAX_BYTES: usize = 500;
/// Deepest nesting of parentheses, signs and calls.
const MAX_DEPTH: usize = 32;

/// What is taken of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Function {
    Uniques,
    Totals,
    Average,
    Active,
}

const FUNCTIONS: [(&str, Function); 4] = [
    ("UNIQUES", Function::Uniques),
    ("TOTALS", Function::Totals),
    ("AVG", Function::Average),
    ("ACTIVE", Function::Active),
];

/// A formula.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Formula {
    Number(f64),
    /// The function of the event at a place.
    Of(Function, usize),
    Negated(Box<Formula>),
    Binary(char, Box<Formula>, Box<Formula>),
}

impl Formula {
    /// Reads a formula over so many events, which are called by letters in their order.
    pub(super) fn parse(text: &str, events: usize) -> Resolved<Formula> {
        if text.len() > MAX_BYTES {
            return bad("formula_malformed", "a formula has at most 500 bytes");
        }
        let mut parser = Parser { rest: text.as_bytes(), all: text.len(), events };
        let formula = parser.sum(0)?;
        if parser.peek().is_some() { parser.wrong() } else { Ok(formula) }
    }

    /// Its value; `None` where something in it is not known or is divided by zero.
    pub(super) fn value(&self, of: &dyn Fn(Function, usize) -> Option<f64>) -> Option<f64> {
        let value = match self {
            Formula::Number(number) => *number,
            Formula::Of(function, event) => of(*function, *event)?,
            Formula::Negated(inner) => -inner.value(of)?,
            Formula::Binary(operator, a, b) => {
                let (a, b) = (a.value(of)?, b.value(of)?);
                match operator {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    _ => a / b,
                }
            }
        };
        value.is_finite().then_some(value)
    }

    /// True if the function occurs in it.
    pub(super) fn uses(&self, function: Function) -> bool {
        match self {
            Formula::Number(_) => false,
            Formula::Of(used, _) => *used == function,
            Formula::Negated(inner) => inner.uses(function),
            Formula::Binary(_, a, b) => a.uses(function) || b.uses(function),
        }
    }
}

/// Recursive descent; spaces may stand between any two tokens.
struct Parser<'a> {
    rest: &'a [u8],
    all: usize,
    events: usize,
}

impl Parser<'_> {
    fn wrong<T>(&self) -> Resolved<T> {
        let place = self.all - self.rest.len() + 1;
        let works = "a formula has numbers, + - * /, parentheses, and UNIQUES, TOTALS, AVG or ACTIVE of a letter that \
                     stands for an event";
        bad("formula_malformed", format!("{works}; it cannot be read from character {place} on"))
    }

    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_ascii_start();
        self.rest.first().copied()
    }

    fn takes(&mut self, wanted: u8) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.rest = &self.rest[1..];
        }
        found
    }

    fn sum(&mut self, depth: usize) -> Resolved<Formula> {
        let mut left = self.product(depth)?;
        while let Some(operator @ (b'+' | b'-')) = self.peek() {
            self.rest = &self.rest[1..];
            left = binary(operator, left, self.product(depth)?);
        }
        Ok(left)
    }

    fn product(&mut self, depth: usize) -> Resolved<Formula> {
        let mut left = self.factor(depth)?;
        while let Some(operator @ (b'*' | b'/')) = self.peek() {
            self.rest = &self.rest[1..];
            left = binary(operator, left, self.factor(depth)?);
        }
        Ok(left)
    }

    fn factor(&mut self, depth: usize) -> Resolved<Formula> {
        if depth > MAX_DEPTH {
            return bad("formula_malformed", "a formula is nested at most 32 deep");
        }
        match self.peek() {
            Some(b'-') => {
                self.rest = &self.rest[1..];
                Ok(Formula::Negated(Box::new(self.factor(depth + 1)?)))
            }
            Some(b'(') => {
                self.rest = &self.rest[1..];
                let inner = self.sum(depth + 1)?;
                if self.takes(b')') { Ok(inner) } else { self.wrong() }
            }
            Some(b'0'..=b'9' | b'.') => self.number(),
            Some(letter) if letter.is_ascii_alphabetic() => self.call(),
            _ => self.wrong(),
        }
    }

    fn number(&mut self) -> Resolved<Formula> {
        let digits = self.while_true(|byte| byte.is_ascii_digit() || byte == b'.');
        match std::str::from_utf8(digits).ok().and_then(|text| text.parse::<f64>().ok()) {
            Some(number) => Ok(Formula::Number(number)),
            None => self.wrong(),
        }
    }

    fn call(&mut self) -> Resolved<Formula> {
        let name = self.while_true(|byte| byte.is_ascii_alphabetic());
        let known = FUNCTIONS.iter().find(|(known, _)| name.eq_ignore_ascii_case(known.as_bytes()));
        let Some((_, function)) = known else { return self.wrong() };
        if !self.takes(b'(') {
            return self.wrong();
        }
        let letter = self.peek().map(|byte| byte.to_ascii_uppercase());
        let event = letter.filter(u8::is_ascii_uppercase).map(|letter| usize::from(letter - b'A'));
        let Some(event) = event.filter(|event| *event < self.events) else { return self.wrong() };
        self.rest = &self.rest[1..];
        if self.takes(b')') { Ok(Formula::Of(*function, event)) } else { self.wrong() }
    }

    fn while_true(&mut self, holds: impl Fn(u8) -> bool) -> &[u8] {
        let end = self.rest.iter().position(|byte| !holds(*byte)).unwrap_or(self.rest.len());
        let (taken, rest) = self.rest.split_at(end);
        self.rest = rest;
        taken
    }
}

fn binary(operator: u8, left: Formula, right: Formula) -> Formula {
    Formula::Binary(char::from(operator), Box::new(left), Box::new(right))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// UNIQUES(A) is 6, TOTALS(A) 12, and of B nothing is known.
    fn value(text: &str) -> Option<f64> {
        let of = |function: Function, event: usize| match (function, event) {
            (Function::Uniques, 0) => Some(6.0),
            (Function::Totals, 0) => Some(12.0),
            _ => None,
        };
        Formula::parse(text, 2).expect("a formula").value(&of)
    }

    #[test]
    fn products_bind_closer_than_sums_and_both_from_the_left() {
        assert_eq!(value("1 + 2 * 3"), Some(7.0));
        assert_eq!(value("(1 + 2) * 3"), Some(9.0));
        assert_eq!(value("8 - 3 - 2"), Some(3.0));
        assert_eq!(value("8 / 4 / 2"), Some(1.0));
        assert_eq!(value("-2 * -(3 - 1.5)"), Some(3.0));
        assert_eq!(value("totals(a) / UNIQUES(A) * 100"), Some(200.0));
    }

    #[test]
    fn what_is_not_known_or_divided_by_zero_has_no_value() {
        assert_eq!(value("UNIQUES(B) + 1"), None);
        assert_eq!(value("1 / 0"), None);
        assert_eq!(value("0 / 0"), None);
        assert_eq!(value("1 / (UNIQUES(A) - 6)"), None);
    }

    #[test]
    fn what_is_no_formula_is_refused_without_repeating_it() {
        let deep = format!("{}1{}", "(".repeat(100), ")".repeat(100));
        let long = "1+".repeat(300);
        for text in
            ["", "1 +", "(1", "1)", "UNIQUES(C)", "UNIQUES()", "UNIQUES", "SECRET(A)", "1 2", "1..2", "é", &deep, &long]
        {
            let error = Formula::parse(text, 2).expect_err(text);
            assert_eq!(error.code, "formula_malformed");
            assert!(!error.message.contains("SECRET"));
        }
    }
}
