//! Jobs, as far as they say who talks to whom.

use serde::Deserialize;

use crate::error::Error;
use crate::read;

/// A job.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: String,
    /// Its namespace.
    pub namespace: String,
    /// `service`, `batch`, `system` or `sysbatch`.
    pub kind: String,
    /// The periodic or parameterised job that started it; as a rule empty.
    pub parent: String,
    /// Whether it was stopped.
    pub stopped: bool,
    /// Its task groups.
    pub groups: Vec<Group>,
}

/// A task group: what runs on one node together.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Group {
    /// Its name within the job.
    pub name: String,
    /// How many of it there are to be.
    pub count: u32,
    /// What it, or one of its tasks, is found as.
    pub services: Vec<Service>,
    /// The templates of its tasks.
    pub templates: Vec<Template>,
}

/// What a group is found as.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Service {
    /// Its name; the job's and the group's name are filled in.
    pub name: String,
    /// The services that its sidecar calls for it.
    pub upstreams: Vec<String>,
}

/// A template that is rendered for a task.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Template {
    /// Its text, where it is part of the job.
    pub text: String,
    /// What begins an action.
    pub left: String,
    /// What ends an action.
    pub right: String,
}

/// The jobs of an answer to `GET /v1/job/:id`, of a list of such, or of `nomad job inspect`, which has the job in `Job`.
///
/// # Errors
/// [`Error::Unexpected`] where it is none.
pub fn read_jobs(bytes: &[u8]) -> Result<Vec<Job>, Error> {
    let all: Vec<Wrapped> = read::all(bytes, "job")?;
    Ok(all
        .into_iter()
        .map(|wrapped| wrapped.job.map_or_else(|| job(&wrapped.plain), |inner| job(&inner)))
        .collect())
}

#[derive(Deserialize)]
struct Wrapped {
    #[serde(rename = "Job")]
    job: Option<WireJob>,
    #[serde(flatten)]
    plain: WireJob,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WireJob {
    #[serde(rename = "ID")]
    id: Option<String>,
    namespace: Option<String>,
    #[serde(rename = "Type")]
    kind: Option<String>,
    #[serde(rename = "ParentID")]
    parent: Option<String>,
    stop: Option<bool>,
    task_groups: Option<Vec<WireGroup>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WireGroup {
    name: Option<String>,
    count: Option<u32>,
    services: Option<Vec<WireService>>,
    tasks: Option<Vec<WireTask>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WireTask {
    name: Option<String>,
    services: Option<Vec<WireService>>,
    templates: Option<Vec<WireTemplate>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WireTemplate {
    embedded_tmpl: Option<String>,
    left_delim: Option<String>,
    right_delim: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct WireService {
    name: Option<String>,
    connect: Option<Connect>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Connect {
    sidecar_service: Option<Sidecar>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Sidecar {
    proxy: Option<Proxy>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Proxy {
    upstreams: Option<Vec<Upstream>>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "PascalCase")]
struct Upstream {
    destination_name: Option<String>,
}

fn job(wire: &WireJob) -> Job {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let id = text(&wire.id);
    Job {
        namespace: text(&wire.namespace),
        kind: text(&wire.kind),
        parent: text(&wire.parent),
        stopped: wire.stop.unwrap_or(false),
        groups: wire.task_groups.iter().flatten().map(|wire| group(wire, &id)).collect(),
        id,
    }
}

fn group(wire: &WireGroup, job: &str) -> Group {
    let name = wire.name.clone().unwrap_or_default();
    let tasks = || wire.tasks.iter().flatten();
    let of_group = wire.services.iter().flatten().map(|wire| service(wire, job, &name, ""));
    let of_task = |task: &WireTask| {
        let own = task.name.clone().unwrap_or_default();
        task.services.iter().flatten().map(|wire| service(wire, job, &name, &own)).collect::<Vec<_>>()
    };
    Group {
        count: wire.count.unwrap_or(1),
        services: of_group.chain(tasks().flat_map(of_task)).collect(),
        templates: tasks().flat_map(|task| task.templates.iter().flatten()).filter_map(template).collect(),
        name,
    }
}

fn service(wire: &WireService, job: &str, group: &str, task: &str) -> Service {
    let mut name = wire.name.clone().unwrap_or_default();
    // Names that only the client of Nomad fills in.
    for (variable, value) in [
        ("${NOMAD_JOB_NAME}", job),
        ("${NOMAD_JOB_ID}", job),
        ("${NOMAD_GROUP_NAME}", group),
        ("${NOMAD_TASK_NAME}", task),
    ] {
        name = name.replace(variable, value);
    }
    let proxy = wire.connect.as_ref().and_then(|connect| connect.sidecar_service.as_ref()?.proxy.as_ref());
    let upstreams = proxy.and_then(|proxy| proxy.upstreams.as_ref()).into_iter().flatten();
    Service { name, upstreams: upstreams.filter_map(|upstream| upstream.destination_name.clone()).collect() }
}

fn template(wire: &WireTemplate) -> Option<Template> {
    let text = wire.embedded_tmpl.clone().filter(|text| !text.is_empty())?;
    let delimiter = |own: &Option<String>, usual: &str| {
        own.clone().filter(|own| !own.is_empty()).unwrap_or_else(|| usual.to_owned())
    };
    Some(Template {
        text,
        left: delimiter(&wire.left_delim, "{{"),
        right: delimiter(&wire.right_delim, "}}"),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// As a Nomad 1.6 answers: lists that are empty are null, and the client fills in names of its own.
    const SHOP: &str = r#"{"ID": "shop", "Namespace": "default", "Type": "service", "Stop": false, "Version": 3,
        "TaskGroups": [{"Name": "web", "Count": 2, "Constraints": null,
            "Services": [{"Name": "web", "Connect": {"Native": false, "SidecarService": {"Port": "", "Proxy": {
                "Upstreams": [{"DestinationName": "cart", "LocalBindPort": 8080}, {"DestinationName": null}]}}, "Gateway": null}}],
            "Tasks": [{"Name": "nginx", "Services": [{"Name": "${NOMAD_JOB_NAME}-${NOMAD_TASK_NAME}", "Connect": null}],
                "Templates": [{"EmbeddedTmpl": "a", "LeftDelim": "", "RightDelim": "]]"}, {"EmbeddedTmpl": ""}]}]},
          {"Name": "cron", "Count": null, "Services": null, "Tasks": null}]}"#;

    #[test]
    fn a_job_is_read_in_every_form() {
        let plain = read_jobs(SHOP.as_bytes()).expect("it is sound");
        let [shop] = &plain[..] else { panic!("{plain:?}") };
        assert_eq!(shop.kind, "service");
        let web = &shop.groups[0];
        let names: Vec<&str> = web.services.iter().map(|service| service.name.as_str()).collect();
        assert_eq!((web.count, names), (2, vec!["web", "shop-nginx"]));
        assert_eq!(web.services[0].upstreams, ["cart"]);
        let template = Template { text: "a".into(), left: "{{".into(), right: "]]".into() };
        assert_eq!(web.templates, [template]);
        assert_eq!((shop.groups[1].count, shop.groups[1].services.len()), (1, 0));
        for text in [format!("[{SHOP}]"), format!("{{\"Job\": {SHOP}}}")] {
            assert_eq!(read_jobs(text.as_bytes()).expect("it is sound"), plain);
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(end in 0..SHOP.len(), byte: u8) {
            let mut bytes = SHOP.as_bytes().to_vec();
            prop_assert!(read_jobs(&bytes[..end]).is_err());
            bytes[end] = byte;
            let _ = read_jobs(&bytes);
        }
    }
}
