use colocate_forecast::*;
fn main() {
    let method = std::env::args().nth(1).unwrap_or("auto".into());
    let method = Method::all().find(|m| m.name() == method).unwrap();
    let joint = std::env::var("JOINT").is_ok();
    let cpu = [
        "nab/ec2_cpu_utilization_24ae8d",
        "nab/ec2_cpu_utilization_53ea38",
        "nab/ec2_cpu_utilization_5f5533",
        "nab/ec2_cpu_utilization_77c1ca",
        "nab/ec2_cpu_utilization_825cc2",
        "nab/ec2_cpu_utilization_ac20cd",
        "nab/ec2_cpu_utilization_c6585a",
        "nab/ec2_cpu_utilization_fe7f93",
        "nab/rds_cpu_utilization_cc0c53",
        "nab/rds_cpu_utilization_e47b3b",
        "nab/cpu_utilization_asg_misconfiguration",
        "nab/ec2_request_latency_system_failure",
        "azure1/azure_v1_avg_cpu",
        "nab/ec2_network_in_257a54",
        "nab/ec2_network_in_5abac7",
        "nab/ec2_disk_write_bytes_1ef3de",
        "nab/elb_request_count_8c0756",
        "nab/Twitter_volume_AMZN",
        "nab/Twitter_volume_GOOG",
    ];
    println!("series,origin,step,f,q90,q95,wmax95");
    let t = std::time::Instant::now();
    let mut n = 0;
    let series: Vec<(Vec<f64>, i64)> = cpu
        .iter()
        .map(|name| {
            let t = std::fs::read_to_string(format!("/work/shared/data/series/{name}.csv")).unwrap();
            let y: Vec<f64> =
                t.lines().skip(1).map(|l| l.split(',').nth(1).unwrap().parse().unwrap()).collect();
            let start: f64 = t.lines().nth(1).unwrap().split(',').next().unwrap().parse().unwrap();
            (y, start as i64)
        })
        .collect();
    for i in 0..20 {
        let inputs: Vec<Input> = series
            .iter()
            .enumerate()
            .map(|(k, (y, s))| {
                let m = y.len();
                let o = m - 2016 + ((i as f64 * (2016. - 24.) / 19.).round_ties_even() as usize);
                let lo = o.saturating_sub(4032);
                Input {
                    series: Series { start: s + 300 * lo as i64, step_s: 300, values: y[lo..o].to_vec() },
                    kin: k as u32,
                    requests: None,
                }
            })
            .collect();
        let st = Settings { horizon: 24, quantiles: vec![0.9, 0.95], method, keep_past: None };
        let fs = if joint {
            forecast(&inputs, &st, &|| ())
        } else {
            inputs.iter().flat_map(|x| forecast(std::slice::from_ref(x), &st, &|| ())).collect()
        };
        n += fs.len();
        for (k, f) in fs.iter().enumerate() {
            let m = series[k].0.len();
            let o = m - 2016 + ((i as f64 * (2016. - 24.) / 19.).round_ties_even() as usize);
            if i == 10 {
                eprintln!("{} {:?} {:?}", cpu[k], f.by, f.periods);
            }
            for s in 0..24 {
                println!(
                    "{},{},{},{},{},{},{}",
                    cpu[k],
                    o,
                    s + 1,
                    f.point[s],
                    f.quantiles[0][s],
                    f.quantiles[1][s],
                    f.window_max[1]
                );
            }
        }
    }
    eprintln!("{:.2} ms a series", t.elapsed().as_secs_f64() * 1e3 / n as f64);
}
