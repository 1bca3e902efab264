//! Files that are good, in every form.

mod common;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use colocate_history::{
    Aggregate, EdgeQuantity, History, Key, Kind, Loaded, Options, Subject, load_bytes, load_files,
};
use flate2::Compression;
use flate2::write::GzEncoder;
use parquet::basic::Compression as ParquetCompression;
use parquet::column::writer::ColumnWriter;
use parquet::data_type::ByteArray;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;

const LONG: &str = "\
time,component,service,metric,value
2026-03-01T12:00:00Z,web.0,web,cpu,250
2026-03-01T13:01:00+01:00,web.0,web,cpu,310.5
1772366520,web.0,web,cpu,
1772366580.0,web.0,web,cpu,1e3
1772366400000,web.0,web,memory,2000000000
1772366460000,web.0,web,memory,3000000000
";

fn csv(text: &str) -> Loaded {
    load_bytes("usage.csv", text.as_bytes().to_vec(), &Options::default()).expect("it is sound")
}

fn values(history: &History, key: &Key) -> String {
    format!("{:?}", history.get(key).expect("it is there").values)
}

#[test]
fn a_line_a_value() {
    let loaded = csv(LONG);
    assert_eq!(loaded.warnings, []);
    let [cpu, memory] = &loaded.history.series[..] else { panic!("{:?}", loaded.history) };
    assert_eq!((&cpu.key, cpu.service.as_deref()), (&Key::resource("web.0", "cpu"), Some("web")));
    assert_eq!((cpu.series.start, cpu.series.step_s), (1_772_366_400, 60));
    assert_eq!(format!("{:?}", cpu.series.values), "[250.0, 310.5, NaN, 1000.0]");
    assert_eq!(memory.series.values, [2e9, 3e9]);
}

#[test]
fn a_column_a_metric_with_counters_edges_and_requests() {
    let loaded =
        csv("time,component,cpu,network_total,requests\n0,a,200,1000,5\n60,a,200,7000,6\n120,a,300,600,7\n");
    assert_eq!(values(&loaded.history, &Key::resource("a", "network")), "[100.0, 10.0]");
    assert_eq!(values(&loaded.history, &Key::resource("a", "cpu")), "[200.0, 200.0, 300.0]");
    let requests = Key::Requests(Subject::Component("a".into()));
    assert_eq!(values(&loaded.history, &requests), "[5.0, 6.0, 7.0]");

    let loaded = csv("time,from,to,calls_total,bytes_per_s\n0,a,b,0,5\n10,a,b,20,6\n");
    let calls = Key::edge("a", "b", EdgeQuantity::CallsPerSecond);
    let bytes = Key::edge("a", "b", EdgeQuantity::BytesPerSecond);
    assert_eq!(values(&loaded.history, &calls), "[2.0]");
    assert_eq!(values(&loaded.history, &bytes), "[5.0, 6.0]");

    let loaded = csv("time,service,metric,value\n0,web,requests,3\n10,web,requests,4\n");
    assert_eq!(values(&loaded.history, &Key::Requests(Subject::Service("web".into()))), "[3.0, 4.0]");
}

#[test]
fn the_kind_of_values_can_be_said() {
    let loaded = csv("time,component,metric,kind,value\n0,a,disk_io,counter,5\n10,a,disk_io,counter,25\n");
    assert_eq!(values(&loaded.history, &Key::resource("a", "disk_io")), "[2.0]");
    let read = |kind| {
        let options = Options { metric: "network".into(), kind, ..Options::default() };
        let loaded = load_bytes("a.csv", "timestamp,value\n0,500\n10,700\n", &options).expect("it is sound");
        values(&loaded.history, &Key::resource("a", "network"))
    };
    assert_eq!(read(Kind::ByName), "[500.0, 700.0]");
    assert_eq!(read(Kind::Counter), "[20.0]");
}

#[test]
fn a_time_and_a_value_are_of_the_component_that_the_file_is_named_after() {
    let folder = tempfile::tempdir().expect("there is room");
    let mut packed = GzEncoder::new(Vec::new(), Compression::fast());
    packed.write_all(b"\xef\xbb\xbfTimestamp, Value\r\n0,500\r\n300,700\r\n").expect("there is memory");
    fs::write(folder.path().join("checkout.0.csv.gz"), packed.finish().expect("there is memory"))
        .expect("there is room");
    fs::write(folder.path().join("cache.csv"), "timestamp,value\n0,900\n300,800\n").expect("there is room");
    fs::write(folder.path().join("notes.txt"), "nothing to read").expect("there is room");
    let loaded = load_files(&[folder.path().to_owned()], &Options::default()).expect("they are sound");
    let keys: Vec<String> = loaded.history.series.iter().map(|named| named.key.to_string()).collect();
    assert_eq!(keys, ["cache cpu", "checkout.0 cpu"]);
}

#[test]
fn parts_of_a_series_may_be_in_several_files() {
    let folder = tempfile::tempdir().expect("there is room");
    for (name, text) in [
        ("1.csv", "time,component,cpu\n0,a,100\n60,a,200\n"),
        ("2.csv", "time,component,cpu\n60,a,200\n120,a,300\n"),
    ] {
        fs::write(folder.path().join(name), text).expect("there is room");
    }
    let loaded = load_files(&[folder.path().to_owned()], &Options::default()).expect("they are sound");
    assert_eq!(values(&loaded.history, &Key::resource("a", "cpu")), "[100.0, 200.0, 300.0]");
}

#[test]
fn the_step_the_aggregate_and_the_time_can_be_chosen() {
    let text = "time,component,cpu\n0,a,100\n60,a,300\n120,a,500\n180,a,700\n240,a,900\n";
    let read = |options: Options| {
        let loaded = load_bytes("a.csv", text, &options).expect("it is sound");
        values(&loaded.history, &Key::resource("a", "cpu"))
    };
    let step = Options { step_s: Some(120), ..Options::default() };
    assert_eq!(read(step.clone()), "[200.0, 600.0, 900.0]");
    assert_eq!(read(Options { aggregate: Aggregate::Last, ..step.clone() }), "[300.0, 700.0, 900.0]");
    assert_eq!(read(Options { until: Some(240), span_s: Some(120), ..step }), "[600.0]");
    assert_eq!(
        read(Options { step_s: Some(30), ..Options::default() }),
        "[100.0, 100.0, 300.0, 300.0, 500.0, 500.0, 700.0, 700.0, 900.0]"
    );
    let fresh = Options { step_s: Some(30), staleness_s: Some(0), ..Options::default() };
    assert_eq!(read(fresh), "[100.0, NaN, 300.0, NaN, 500.0, NaN, 700.0, NaN, 900.0]");
}

/// A Parquet file of `time`, `component`, `service`, `metric` and `value`, in row groups of two rows.
fn parquet(time: &str, value: &str, rows: &[(i64, &str, f64)]) -> Vec<u8> {
    let message = format!(
        "message usage {{ required {time}; optional binary component (UTF8); optional binary service (UTF8); \
         required binary metric (UTF8); optional {value} value; }}"
    );
    let schema = Arc::new(parse_message_type(&message).expect("it is a schema"));
    let properties = WriterProperties::builder().set_compression(ParquetCompression::SNAPPY).build();
    let mut writer =
        SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties)).expect("it is a schema");
    for rows in rows.chunks(2) {
        let mut group = writer.next_row_group().expect("there is memory");
        let texts = |text: &dyn Fn(&str) -> String| {
            rows.iter().map(|row| ByteArray::from(text(row.1).into_bytes())).collect::<Vec<_>>()
        };
        let known: Vec<i16> = rows.iter().map(|row| i16::from(!row.2.is_nan())).collect();
        let present: Vec<f64> = rows.iter().map(|row| row.2).filter(|value| !value.is_nan()).collect();
        let all = vec![1; rows.len()];
        let mut column = 0;
        while let Some(mut writer) = group.next_column().expect("there is memory") {
            match writer.untyped() {
                ColumnWriter::Int64ColumnWriter(typed) if column == 0 => {
                    let times: Vec<i64> = rows.iter().map(|row| row.0).collect();
                    typed.write_batch(&times, None, None).expect("it fits");
                }
                ColumnWriter::Int64ColumnWriter(typed) => {
                    let values: Vec<i64> = present.iter().map(|value| *value as i64).collect();
                    typed.write_batch(&values, Some(&known), None).expect("it fits");
                }
                ColumnWriter::DoubleColumnWriter(typed) => {
                    typed.write_batch(&present, Some(&known), None).expect("it fits");
                }
                ColumnWriter::ByteArrayColumnWriter(typed) => {
                    let (values, levels) = match column {
                        1 => (texts(&|name| name.to_owned()), Some(&all)),
                        2 => {
                            (texts(&|name| name.split('.').next().unwrap_or_default().to_owned()), Some(&all))
                        }
                        _ => (texts(&|_| "cpu".to_owned()), None),
                    };
                    typed.write_batch(&values, levels.map(|levels| &levels[..]), None).expect("it fits");
                }
                _ => panic!("there is no such column"),
            }
            writer.close().expect("it fits");
            column += 1;
        }
        group.close().expect("it fits");
    }
    writer.into_inner().expect("it fits")
}

#[test]
fn parquet_is_read_with_any_of_its_times_and_numbers() {
    let rows = [(0, "web.0", 250.0), (60, "web.0", 310.0), (120, "web.0", f64::NAN), (180, "web.0", 400.0)];
    let base = 1_772_366_400;
    for (time, factor) in [
        ("int64 time", 1),
        ("int64 timestamp", 1000),
        ("int64 time (TIMESTAMP_MILLIS)", 1000),
        ("int64 time (TIMESTAMP_MICROS)", 1_000_000),
        ("int64 time (TIMESTAMP(NANOS,true))", 1_000_000_000),
    ] {
        for value in ["double", "int64"] {
            let rows: Vec<_> = rows.iter().map(|row| ((base + row.0) * factor, row.1, row.2)).collect();
            let bytes = parquet(time, value, &rows);
            let loaded = load_bytes("usage.parquet", bytes, &Options::default()).expect("it is sound");
            let named = &loaded.history.series[0];
            assert_eq!((&named.key, named.service.as_deref()), (&Key::resource("web.0", "cpu"), Some("web")));
            assert_eq!((named.series.start, named.series.step_s), (base, 60), "{time}");
            assert_eq!(format!("{:?}", named.series.values), "[250.0, 310.0, NaN, 400.0]");
        }
    }
}

#[test]
fn damaged_parquet_is_a_fault_and_no_panic() {
    let rows: Vec<(i64, &str, f64)> = (0..20).map(|i| (i * 60, "web.0", i as f64 * 100.0)).collect();
    let good = parquet("int64 time", "double", &rows);
    let read = |bytes: Vec<u8>| load_bytes("usage.parquet", bytes, &Options::default());
    assert!(read(good.clone()).is_ok());
    for length in (4..good.len()).step_by(7) {
        assert!(read(good[..length].to_vec()).is_err());
    }
    for position in (4..good.len()).step_by(3) {
        let mut bytes = good.clone();
        bytes[position] ^= 0x55;
        let _ = read(bytes);
    }
}

#[test]
fn a_file_may_be_named_by_its_path() {
    let folder = tempfile::tempdir().expect("there is room");
    let path = folder.path().join("usage.parquet");
    fs::write(&path, parquet("int64 time", "double", &[(0, "a", 500.0), (60, "a", 600.0)]))
        .expect("there is room");
    let loaded = load_files(&[path], &Options::default()).expect("it is sound");
    assert_eq!(values(&loaded.history, &Key::resource("a", "cpu")), "[500.0, 600.0]");
}

#[test]
fn published_series_are_read_whole() {
    let Some(data) = common::data("published_series_are_read_whole") else { return };
    let folder = data.join("series/nab");
    let loaded = load_files(std::slice::from_ref(&folder), &Options::default()).expect("they are sound");
    let files = fs::read_dir(&folder).expect("it is there").count();
    assert_eq!(loaded.history.series.len(), files);
    for named in &loaded.history.series {
        assert_eq!(named.series.step_s, 300, "{}", named.key);
        let name = format!("{}.csv", named.key.component().expect("it is one"));
        let lines =
            fs::read_to_string(Path::new(&folder).join(name)).expect("it is there").lines().count() - 1;
        let known = named.series.values.iter().filter(|value| !value.is_nan()).count();
        assert!(known <= lines && known * 100 >= lines * 99, "{}: {known} of {lines}", named.key);
    }
}
