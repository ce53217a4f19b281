//! Tables of what the model says.

use crate::breakers::{self, Breaker};
use crate::costs::Machine;
use crate::line::Picos;
use crate::markdown::{number, table};
use crate::measured::median;
use std::error::Error;

const CORES: [usize; 8] = [1, 2, 4, 8, 16, 32, 64, 128];
/// How long a line stays, in tenths of a swap: the guess, and all that are tried.
const STAY: u64 = 15;
const STAYS: [u64; 6] = [0, 10, STAY, 20, 25, 30];
/// Those that share a line which they write.
const SHARED: [&str; 3] = [
    "tripword, 10 s",
    "the same, coarse clock",
    "std Mutex, spinning",
];
/// A transfer on another machine.
const FAR: Picos = 100_000;

type Result<T> = std::result::Result<T, Box<dyn Error>>;
type Row = Vec<String>;

/// All of them, by what was measured according to `page`.
pub(crate) fn tables(page: &str) -> Result<String> {
    let breakers = &breakers::all();
    let near = Model::of(page, breakers, STAY)?;
    let far = Model {
        machine: near.machine.with_transfer(FAR),
        ..near
    };
    let parts = [
        near.parameters(),
        near.throughput()?,
        near.ratios()?,
        far.throughput()?,
        near.checked()?,
        near.guessed()?,
    ];
    Ok(parts.join("\n"))
}

#[derive(Clone, Copy)]
struct Model<'a> {
    page: &'a str,
    breakers: &'a [Breaker],
    machine: Machine,
}

impl<'a> Model<'a> {
    fn of(page: &'a str, breakers: &'a [Breaker], stay: u64) -> Result<Self> {
        Ok(Self {
            page,
            breakers,
            machine: Machine::of(page, stay)?,
        })
    }

    fn parameters(self) -> String {
        let Machine {
            transfer,
            stay,
            swap,
        } = self.machine;
        let [transfer, stay, swap] = [transfer, stay, swap].map(nanos);
        let costs =
            format!("a transfer {transfer} ns, a swap {swap} ns, a stay {stay} ns on average");
        format!("- Costs: {costs}\n- Command: `{}`\n", crate::COMMAND)
    }

    fn throughput(self) -> Result<String> {
        let transfer = nanos(self.machine.transfer);
        let title = format!("Millions of calls a second, with a transfer of {transfer} ns");
        let cell = |breaker: &_, cores| Ok(number(self.millions(breaker, cores)?));
        self.by_cores(&title, cell)
    }

    fn ratios(self) -> Result<String> {
        let cell = |breaker: &_, cores| {
            let ratio = self.millions(breaker, cores)? / self.millions(breaker, 1)?;
            Ok(format!("{} ×", number(ratio)))
        };
        self.by_cores("The first of these, to one core", cell)
    }

    fn by_cores(
        self,
        title: &str,
        cell: impl Fn(&Breaker, usize) -> Result<String>,
    ) -> Result<String> {
        let heads = CORES.map(|cores| format!(">{cores}"));
        let mut head = vec!["call, on so many cores"];
        head.extend(heads.iter().map(String::as_str));
        let row = |breaker: &Breaker| {
            let mut row = vec![breaker.name.to_owned()];
            for cores in CORES {
                row.push(cell(breaker, cores)?);
            }
            Ok(row)
        };
        let rows: Result<Vec<Row>> = self.breakers.iter().map(row).collect();
        Ok(section(title, &head, &rows?))
    }

    fn millions(self, breaker: &Breaker, cores: usize) -> Result<f64> {
        let nanos = self.machine.nanos(self.page, breaker, cores)?;
        Ok(1_000.0 * cores as f64 / nanos)
    }

    /// Held against what was measured on two cores.
    fn checked(self) -> Result<String> {
        let mut rows = Vec::new();
        for breaker in self.breakers {
            if let Some((model, measured)) = self.on_two(breaker)? {
                let numbers = [number(model), number(measured), deviation(model, measured)];
                rows.push([&[breaker.name.to_owned()], &numbers[..]].concat());
            }
        }
        let head = ["call", ">ns by the model", ">ns as measured", ">deviation"];
        Ok(section(
            "On two cores, by the model and as measured",
            &head,
            &rows,
        ))
    }

    /// A call on two cores, by the model and as it was measured, if it was.
    fn on_two(self, breaker: &Breaker) -> Result<Option<(f64, f64)>> {
        let Some(place) = breaker.together else {
            return Ok(None);
        };
        let model = self.machine.nanos(self.page, breaker, 2)?;
        Ok(Some((model, median(self.page, place)?)))
    }

    /// With other stays: what comes out for those that share a line, on two cores and on the most.
    fn guessed(self) -> Result<String> {
        let mut rows = Vec::new();
        for stay in STAYS {
            rows.push(Self::of(self.page, self.breakers, stay)?.guess(stay)?);
        }
        let head = [
            "stay",
            ">transfer",
            ">10 s on 2",
            ">on 128",
            ">coarse on 2",
            ">on 128",
            ">Mutex on 2",
            ">on 128",
        ];
        let title = "With other stays: deviation on two cores, millions a second on 128";
        Ok(section(title, &head, &rows))
    }

    fn guess(self, stay: u64) -> Result<Row> {
        let stay = format!("{:.1} swaps", stay as f64 / 10.0);
        let mut row = vec![stay, nanos(self.machine.transfer)];
        let is_shared = |breaker: &&Breaker| SHARED.contains(&breaker.name);
        for breaker in self.breakers.iter().filter(is_shared) {
            if let Some((model, measured)) = self.on_two(breaker)? {
                row.push(deviation(model, measured));
            }
            row.push(number(self.millions(breaker, 128)?));
        }
        Ok(row)
    }
}

fn section(title: &str, head: &[&str], rows: &[Row]) -> String {
    format!("### {title}\n\n{}", table(head, rows))
}

fn nanos(picos: Picos) -> String {
    number(picos as f64 / 1_000.0)
}

fn deviation(model: f64, measured: f64) -> String {
    let percent = 100.0 * (model / measured - 1.0);
    format!("{:+} %", percent.round() as i64)
}
