//! `colocate forecast --backtest`: past windows forecast and scored.

use std::fmt::Write as _;
use std::time::Instant;

use colocate_files::write_atomically;
use colocate_forecast::{Backtest, Score, Settings, Trial};
use colocate_history::History;
use serde_json::{Value, json};

use super::{quantiles, seconds, steps};
use crate::cli::Forecast;
use crate::exit::{Failure, Outcome};
use crate::forecasting::Inputs;
use crate::input::{print, say};
use crate::{progress, report};

/// Forecasts past windows of every series and prints how far off they were.
pub(super) fn run(args: &Forecast, history: History) -> Result<Outcome, Failure> {
    let horizon = steps(args.horizon, &history)?;
    let (inputs, warnings) = Inputs::new(history, None);
    warnings.iter().for_each(|warning| say(&format!("warning: {warning}\n")));
    let step_s = inputs.step_s.max(1);
    let settings = Settings { horizon, quantiles: quantiles(args), method: args.model, keep_past: None };
    let backtest = Backtest {
        origins: args.origins.into(),
        span: (seconds(args.over)? / step_s) as usize,
        most_history: (seconds(args.window)? / step_s) as usize,
    };
    let done = progress::counted(inputs.series.len() * backtest.origins);
    let started = Instant::now();
    let trials = backtest.run(&inputs.series, &settings, &*done);
    let each_s = started.elapsed().as_secs_f64() / trials.len().max(1) as f64;
    let names: Vec<String> = inputs.keys.iter().map(ToString::to_string).collect();
    if let Some(path) = &args.forecasts {
        write_atomically(path, |file| file.write_all(table(&names, &trials, &settings).as_bytes()))?;
    }
    let score = |series: usize| {
        Score::of_series(trials.iter().filter(|trial| trial.series == series), &settings, horizon)
    };
    let scores: Vec<(&str, Score)> =
        names.iter().enumerate().filter_map(|(series, name)| Some((&**name, score(series)?))).collect();
    if scores.len() < names.len() {
        let missing = names.len() - scores.len();
        say(&format!(
            "warning: {missing} series are too short for {horizon} steps before their end, or constant\n"
        ));
    }
    let each: Vec<Score> = scores.iter().map(|(_, score)| score.clone()).collect();
    let all = Score::together(&each);
    print(&if args.json {
        let of = |(name, score): &(&str, Score)| json!({"series": name, "score": object(score, &settings)});
        let series: Vec<Value> = scores.iter().map(of).collect();
        let all = all.map(|score| object(&score, &settings));
        format!(
            "{}\n",
            json!({"steps": horizon, "step_s": step_s, "model": args.model.name(), "origins": backtest.origins, "seconds_per_forecast": each_s, "series": series, "all": all})
        )
    } else {
        text(&scores, all.as_ref(), &settings, each_s)
    })?;
    Ok(Outcome::Done)
}

/// A line a step: series, origin (index of the first step), step from 1, the point forecast, the quantiles, and those of
/// the window maximum.
fn table(names: &[String], trials: &[Trial], settings: &Settings) -> String {
    let percent = |q: f64| (q * 1e4).round() / 1e2;
    let mut text = "series,origin,step,f".to_owned();
    settings.quantiles.iter().for_each(|&q| text += &format!(",q{}", percent(q)));
    settings.quantiles.iter().for_each(|&q| text += &format!(",wmax{}", percent(q)));
    text.push('\n');
    for Trial { series, origin, forecast, .. } in trials {
        for step in 0..settings.horizon {
            let quantiles = forecast.quantiles.iter().map(|values| values[step]);
            let numbers = [forecast.point[step]]
                .into_iter()
                .chain(quantiles)
                .chain(forecast.window_max.iter().copied());
            let numbers: Vec<String> = numbers.map(|number| number.to_string()).collect();
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{},{origin},{},{}", quoted(&names[*series]), step + 1, numbers.join(","));
        }
    }
    text
}

/// A field of CSV (RFC 4180).
fn quoted(text: &str) -> String {
    if text.contains([',', '"', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text.to_owned()
    }
}

fn object(score: &Score, settings: &Settings) -> Value {
    let by_quantile = |values: &[f64]| -> Value {
        settings
            .quantiles
            .iter()
            .map(ToString::to_string)
            .zip(values.iter().map(|&value| json!(value)))
            .collect()
    };
    json!({
        "mase": score.mase,
        "scaled_pinball": by_quantile(&score.pinball),
        "coverage": by_quantile(&score.coverage),
        "window_max_scaled_pinball": by_quantile(&score.window_pinball),
        "window_max_coverage": by_quantile(&score.window_coverage),
    })
}

/// The scores for the highest quantile; JSON has them all.
fn text(scores: &[(&str, Score)], all: Option<&Score>, settings: &Settings, each_s: f64) -> String {
    let Some(&highest) = settings.quantiles.last() else { return String::new() };
    let at = format!("{}", highest);
    let header = [
        "series".to_owned(),
        "MASE".to_owned(),
        format!("pinball {at}"),
        format!("coverage {at}"),
        format!("window max pinball {at}"),
        format!("window max coverage {at}"),
    ];
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    let mut table = report::table(&header);
    let together = all.map(|score| ("all", score));
    for (name, score) in scores.iter().map(|(name, score)| (*name, score)).chain(together) {
        let last = |values: &[f64]| values.last().map(|value| format!("{value:.3}")).unwrap_or_default();
        table.add_row([
            name.to_owned(),
            format!("{:.3}", score.mase),
            last(&score.pinball),
            last(&score.coverage),
            last(&score.window_pinball),
            last(&score.window_coverage),
        ]);
    }
    format!("{table}\n{:.4} s a forecast\n", each_s)
}
