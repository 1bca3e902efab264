//! Inputs that are bad or odd: what is said of each.

use colocate_history::{Key, Loaded, Options, load_bytes, load_files};
use colocate_model::Fault;

fn read(text: &str) -> Result<Loaded, Vec<Fault>> {
    load_bytes("a.csv", text.as_bytes().to_vec(), &Options::default()).map_err(|faults| faults.0)
}

fn words(faults: &[Fault]) -> Vec<String> {
    faults.iter().map(|fault| format!("{} {}", fault.code, fault.place)).collect()
}

/// Codes and places of the faults.
fn faults(text: &str) -> Vec<String> {
    words(&read(text).expect_err("it is faulty"))
}

/// What is read, and codes and places of the warnings.
fn odd(text: &str) -> (Vec<f64>, Vec<String>) {
    let loaded = read(text).expect("it is odd, not faulty");
    (loaded.history.series[0].series.values.clone(), words(&loaded.warnings))
}

const HEADER: &str = "time,component,metric,value\n";

fn lines(lines: &[&str]) -> String {
    format!("{HEADER}{}\n", lines.join("\n"))
}

#[test]
fn times_out_of_order_are_sorted_with_a_warning() {
    let (values, warnings) = odd(&lines(&["120,a,cpu,300", "60,a,cpu,200", "0,a,cpu,100", "180,a,cpu,400"]));
    assert_eq!(values, [100.0, 200.0, 300.0, 400.0]);
    assert_eq!(warnings, ["E1501 a.csv line 3"]);
}

#[test]
fn the_same_value_twice_is_one_and_two_values_are_a_fault() {
    let (values, warnings) = odd(&lines(&["0,a,cpu,100", "0,a,cpu,100", "60,a,cpu,200"]));
    assert_eq!((values, warnings), (vec![100.0, 200.0], vec![]));
    assert_eq!(faults(&lines(&["0,a,cpu,100", "0,a,cpu,150", "60,a,cpu,200"])), ["E1502 a.csv line 3"]);
    let unordered = read(&lines(&["60,a,cpu,200", "0,a,cpu,100", "60,a,cpu,250"])).expect_err("two values");
    assert_eq!(words(&unordered), ["E1502 a.csv line 3"]);
    assert!(unordered[0].cause.contains("both 200 and 250 at 1970-01-01T00:01:00Z"), "{}", unordered[0]);
}

#[test]
fn values_that_are_not_there_are_missing() {
    let rows =
        ["0,a,cpu,100", "60,a,cpu,NaN", "120,a,cpu,", "180,a,cpu,null", "240,a,cpu,400", "300,a,cpu,500"];
    let (values, warnings) = odd(&lines(&rows));
    assert_eq!(format!("{values:?}"), "[100.0, NaN, NaN, NaN, 400.0, 500.0]");
    assert_eq!(warnings, Vec::<String>::new());
}

#[test]
fn negative_and_infinite_values_are_faults_all_at_once() {
    let text = lines(&[
        "0,a,cpu,-1",
        "60,a,cpu,inf",
        "120,a,cpu,-inf",
        "180,a,cpu,many",
        "soon,a,cpu,3",
        "240,a,cpu,1e400",
    ]);
    assert_eq!(
        faults(&text),
        [
            "E1301 a.csv line 2 value",
            "E1301 a.csv line 3 value",
            "E1301 a.csv line 4 value",
            "E1104 a.csv line 5 value",
            "E1104 a.csv line 6 time",
            "E1301 a.csv line 7 value",
        ]
    );
}

#[test]
fn one_value_only_needs_a_step() {
    assert_eq!(faults(&lines(&["0,a,cpu,500"])), ["E1503 a cpu"]);
    let options = Options { step_s: Some(60), ..Options::default() };
    let loaded = load_bytes("a.csv", lines(&["0,a,cpu,500"]), &options).expect("a step is given");
    assert_eq!(loaded.history.series[0].series.values, [500.0]);
    // Beside longer series it is as short as it is; a counter with one value has no rate.
    let loaded = read(&lines(&["0,b,cpu,500", "0,a,cpu,100", "60,a,cpu,200", "0,a,network_total,7"]))
        .expect("it is odd");
    assert_eq!(loaded.history.series.len(), 2);
    assert_eq!(words(&loaded.warnings), ["E1503 a network"]);
}

#[test]
fn a_constant_is_read_with_a_warning() {
    let all: Vec<String> = (0..20).map(|i| format!("{},a,cpu,500", i * 60)).collect();
    let (values, warnings) = odd(&lines(&all.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!((values, warnings), (vec![500.0; 20], vec!["E1504 a cpu".to_owned()]));
}

#[test]
fn a_gap_of_days_stays_a_gap_with_a_warning() {
    let day = 86_400;
    let times = [0, 3600, 7200, 3 * day, 3 * day + 3600, 3 * day + 7200];
    let all: Vec<String> =
        times.iter().enumerate().map(|(i, time)| format!("{time},a,cpu,{}", 200 + i)).collect();
    let (values, warnings) = odd(&lines(&all.iter().map(String::as_str).collect::<Vec<_>>()));
    assert_eq!(values.len(), 75);
    assert_eq!(values.iter().filter(|value| value.is_nan()).count(), 69);
    assert_eq!(warnings, ["E1505 a cpu"]);
}

#[test]
fn a_series_that_ended_is_read_with_a_warning() {
    let text =
        format!("{HEADER}0,a,cpu,500\n60,a,cpu,510\n0,b,cpu,500\n60,b,cpu,510\n{},b,cpu,500\n", 3 * 86_400);
    let loaded = read(&text).expect("it is odd");
    assert_eq!(words(&loaded.warnings), ["E1505 b cpu", "E1509 a cpu"]);
}

#[test]
fn units_that_seem_wrong_are_a_warning() {
    let (_, percent) = odd(&lines(&["0,a,cpu,12.5", "60,a,cpu,99.1"]));
    assert_eq!(percent, ["E1506 cpu"]);
    let (_, cores) = odd(&lines(&["0,a,cpu,1.5", "60,a,cpu,2"]));
    assert_eq!(cores, ["E1506 cpu"]);
    let (_, nanoseconds) = odd(&lines(&["0,a,cpu,1500000000", "60,a,cpu,900000000"]));
    assert_eq!(nanoseconds, ["E1506 a cpu"]);
    let (_, gigabytes) = odd(&lines(&["0,a,memory,1.5", "60,a,memory,2.5"]));
    assert_eq!(gigabytes, ["E1506 memory"]);
    let (_, sound) = odd(&lines(&["0,a,cpu,1500", "60,a,cpu,12.5"]));
    assert_eq!(sound, Vec::<String>::new());
    // The capacity of the largest host is the better limit where it is known.
    let options = Options { plausible: [("cpu".to_owned(), 64_000.0)].into(), ..Options::default() };
    let loaded = load_bytes("a.csv", lines(&["0,a,cpu,70000", "60,a,cpu,900"]), &options).expect("it is odd");
    assert_eq!(words(&loaded.warnings), ["E1506 a cpu"]);
}

#[test]
fn more_values_than_allowed_are_refused_before_they_are_held() {
    let options = Options { max_values: 100, ..Options::default() };
    let read = |text: String| load_bytes("a.csv", text, &options).map_err(|faults| words(&faults.0));
    let all: String = (0..200).map(|i| format!("{},a,cpu,500\n", i * 60)).collect();
    assert_eq!(read(format!("{HEADER}{all}")).expect_err("200 values"), ["E1507 a.csv line 102"]);
    let far = lines(&["0,a,cpu,500", "1,a,cpu,500", "2,a,cpu,500", "2000000000,a,cpu,500"]);
    assert_eq!(read(far).expect_err("63 years of seconds"), ["E1507 a cpu"]);
}

#[test]
fn headers_that_make_no_table_are_refused() {
    assert_eq!(faults("when,component,metric,value\n"), ["E1105 a.csv header"]);
    assert_eq!(faults("time,component,metric\n"), ["E1105 a.csv header"]);
    assert_eq!(faults("time\n"), ["E1105 a.csv header"]);
    assert_eq!(faults("time,timestamp,value\n"), ["E1201 a.csv header"]);
    assert_eq!(faults("time;component;value\n"), ["E1105 a.csv header"]);
    assert_eq!(faults(""), ["E1508 a.csv"]);
    assert_eq!(faults(HEADER), ["E1508 all sources"]);
    let slip = read("time,compnent,metric,value\n").expect_err("a slip");
    assert_eq!(
        slip[0].to_string(),
        "E1103 history a.csv header: there is no column `compnent`; maybe you meant `component`"
    );
    let loaded =
        read("time,component,metric,value,zone\n0,a,cpu,500,z1\n60,a,cpu,600,z1\n").expect("it is odd");
    assert_eq!(words(&loaded.warnings), ["E1103 a.csv header"]);
}

#[test]
fn rows_that_name_nobody_are_refused() {
    let text = "time,component,from,to,service,metric,kind,value\n\
                0,,,,,cpu,,1\n0,,a,,,calls_per_s,,1\n0,,a,b,,cpu,,1\n0,,,,s,cpu,,1\n0,a,,,,,,1\n0,a,,,,cpu,sum,1\n0,a\n";
    assert_eq!(
        faults(text),
        [
            "E1303 a.csv line 2",
            "E1303 a.csv line 3",
            "E1303 a.csv line 4",
            "E1303 a.csv line 5",
            "E1303 a.csv line 6",
            "E1208 a.csv line 7 kind",
            "E1302 a.csv line 8",
        ]
    );
}

#[test]
fn rows_that_contradict_each_other_are_refused() {
    let text = "time,component,service,metric,value\n0,a,s,cpu,300\n60,a,t,cpu,400\n0,a,s,cpu_total,300\n";
    assert_eq!(faults(text), ["E1304 a.csv line 3", "E1304 a.csv line 4"]);
}

#[test]
fn files_that_cannot_be_read_are_named() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = |name: &str| folder.path().join(name);
    std::fs::write(path("latin.csv"), b"time,component,cpu\n0,caf\xe9,100\n").expect("there is room");
    std::fs::write(path("cut.csv.gz"), b"\x1f\x8b\x08\x00\x00\x00\x00\x00").expect("there is room");
    std::fs::write(path("broken.parquet"), b"PAR1 and no more").expect("there is room");
    std::fs::create_dir(path("empty")).expect("there is room");
    let paths = ["absent.csv", "latin.csv", "cut.csv.gz", "broken.parquet", "empty"].map(path);
    let faults = load_files(&paths, &Options::default()).expect_err("all are faulty").0;
    let found: Vec<String> = words(&faults)
        .iter()
        .map(|line| line.replace(&format!("{}/", folder.path().display()), ""))
        .collect();
    assert_eq!(
        found,
        [
            "E1101 absent.csv",
            "E1102 latin.csv line 2",
            "E1107 cut.csv.gz line 1",
            "E1102 broken.parquet row 0",
            "E1508 empty",
        ]
    );
}

#[test]
fn faults_end_after_a_thousand() {
    let all: String = (0..5000).map(|i| format!("{},a,cpu,x\n", i * 60)).collect();
    assert_eq!(faults(&format!("{HEADER}{all}")).len(), 1000);
}

#[test]
fn a_quantity_is_found_by_its_key() {
    let loaded = read(&lines(&["0,a,cpu,500", "60,a,cpu,600"])).expect("it is sound");
    assert!(loaded.history.get(&Key::resource("a", "cpu")).is_some());
    assert!(loaded.history.get(&Key::resource("a", "memory")).is_none());
}
