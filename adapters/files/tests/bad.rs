//! Broken files, format by format, and all that is wrong with each: a line `CODE place` a fault.

use std::fs;
use std::path::{Path, PathBuf};

use colocate_files::{Input, Inputs, load, rasa, roadef};
use colocate_model::Faults;

fn tests() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests")
}

fn good(name: &str) -> Input {
    tests().join("data").join(name).into()
}

/// All that is wrong with a file of `format`, the files beside it being good.
fn faults(format: &str, file: &Path) -> Faults {
    let input = Input::from(file);
    let inputs = || Inputs::new(good("cluster.json"));
    let inputs = match format {
        "cluster" | "cluster-lines" => Inputs::new(input),
        "latency" => Inputs { latency: Some(input), ..inputs() },
        "traffic" => Inputs { traffic: Some(input), ..inputs() },
        "forecast" => Inputs { forecast: Some(input), ..inputs() },
        "utilisation" => Inputs { utilisation: Some(input), ..inputs() },
        "policy" => Inputs { policy: Some(input), ..inputs() },
        "roadef-model" => {
            return roadef::read(file, &tests().join("data/assignment.txt")).expect_err("it is broken");
        }
        "roadef-assignment" => {
            return roadef::read(&tests().join("data/model.txt"), file).expect_err("it is broken");
        }
        "rasa" => return rasa::read(file).expect_err("it is broken"),
        "rasa-solution" => {
            let problem = rasa::read_input(&good("rasa.json"))
                .expect("it is well formed")
                .build()
                .expect("it is valid");
            return rasa::read_solution(&input, &problem).expect_err("it is broken");
        }
        _ => panic!("{format} is no format"),
    };
    load(&inputs).and_then(|loaded| loaded.build()).expect_err("it is broken")
}

fn check(format: &str) {
    let mut files: Vec<PathBuf> = fs::read_dir(tests().join("bad").join(format))
        .expect("the folder is there")
        .map(|entry| entry.expect("it is listed").path())
        .filter(|path| path.extension().is_some_and(|extension| extension != "expected"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    for file in files {
        let faults = faults(format, &file);
        let found: String =
            faults.0.iter().map(|fault| format!("{} {}\n", fault.code, fault.place)).collect();
        let expected = fs::read_to_string(file.with_extension("expected")).unwrap_or_default();
        assert_eq!(found, expected, "{}: {:#?}", file.display(), faults.0);
    }
}

macro_rules! formats {
    ($($test:ident = $format:literal,)*) => {$(
        #[test]
        fn $test() {
            check($format);
        }
    )*};
}

formats! {
    cluster = "cluster",
    cluster_lines = "cluster-lines",
    latency = "latency",
    traffic = "traffic",
    forecast = "forecast",
    utilisation = "utilisation",
    policy = "policy",
    roadef_model = "roadef-model",
    roadef_assignment = "roadef-assignment",
    rasa_cluster = "rasa",
    rasa_solution = "rasa-solution",
}
