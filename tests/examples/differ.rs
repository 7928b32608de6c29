//! Scratch: compares two frontends. differ REF OURS JOBS.jsonl OUT.jsonl
use aliasfront_tests::gateway::*;
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, Semaphore};

#[derive(Deserialize, Clone)]
struct Job {
    name: String,
    #[serde(default)]
    opts: BTreeMap<String, String>,
    #[serde(default)]
    files: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    sources: BTreeMap<String, BTreeMap<String, String>>,
    #[serde(default)]
    images: BTreeMap<String, Image>,
    #[serde(default)]
    caps: Option<String>,
    #[serde(default)]
    disable: Vec<String>,
    #[serde(default)]
    workers: Vec<String>,
    #[serde(default)]
    commits: BTreeMap<String, String>,
    #[serde(default)]
    changes: BTreeMap<String, i64>,
    #[serde(default)]
    redirects: BTreeMap<String, String>,
    #[serde(default)]
    want_error: Option<String>,
}
fn gateway(job: &Job) -> Gateway {
    let mut g = Gateway::new().opts(job.opts.clone()).patience(Duration::from_secs(60));
    for (l, files) in &job.files {
        for (p, t) in files {
            g = g.file(l, p, t.as_bytes().to_vec());
        }
    }
    for (l, files) in &job.sources {
        for (p, t) in files {
            g = g.source_file(l, p, t.as_bytes().to_vec());
        }
    }
    for (r, i) in &job.images {
        g = g.image(r, i.clone());
    }
    for (r, i) in &job.commits {
        g = g.commit(r, i);
    }
    for (r, i) in &job.changes {
        g = g.last_modified(r, *i);
    }
    for (r, i) in &job.redirects {
        g = g.redirect(r, i);
    }
    let mut caps = match job.caps.as_deref() {
        Some("0.13") => CapSet::buildkit_0_13(),
        Some("0.16") => CapSet::buildkit_0_16(),
        Some("0.20") => CapSet::buildkit_0_20(),
        Some("0.25") => CapSet::buildkit_0_25(),
        _ => CapSet::buildkit_0_32(),
    };
    for d in &job.disable {
        caps = caps.disable(d);
    }
    g = g.caps(caps);
    if !job.workers.is_empty() {
        let w: Vec<&str> = job.workers.iter().map(String::as_str).collect();
        g = g.worker(&w);
    }
    g
}
fn norm(v: &mut Value) {
    match v {
        Value::String(s) if s.starts_with("2026-11-2") => *s = "NOW".into(),
        Value::Array(a) => a.iter_mut().for_each(norm),
        Value::Object(o) => {
            for (k, v) in o.iter_mut() {
                if k == "created" || true {
                    norm(v)
                }
            }
        }
        _ => {}
    }
}
fn view(r: &Recording) -> BTreeMap<String, Value> {
    let mut m = BTreeMap::new();
    if !r.has_ended() {
        m.insert("outcome".into(), json!("HANG"));
        return m;
    }
    let mut warnings: Vec<Value> = r
        .warnings
        .iter()
        .filter(|w| {
            aliasfront_tests::golden::REFERENCE_RULES.contains(&w.rule()) || !w.short.contains(':')
        })
        .map(|w| json!([w.rule(), w.ranges]))
        .collect();
    warnings.sort_by_key(ToString::to_string);
    let mut texts: Vec<Value> = r
        .warnings
        .iter()
        .filter(|w| {
            aliasfront_tests::golden::REFERENCE_RULES.contains(&w.rule()) || !w.short.contains(':')
        })
        .map(|w| json!([w.short, w.detail, w.url, w.level, w.digest, w.file]))
        .collect();
    texts.sort_by_key(ToString::to_string);
    m.insert(
        "forwarded".into(),
        json!(
            r.forwarded.iter().map(|f| json!([f.frontend, f.opts, f.inputs])).collect::<Vec<_>>()
        ),
    );
    if let Some(e) = r.error() {
        m.insert("outcome".into(), json!("error"));
        let mut lines = r.error_lines();
        lines.dedup();
        m.insert("errlines".into(), json!(lines));
        m.insert("~errcode".into(), json!(e.code));
        m.insert("~errtext".into(), json!(e.message.split("\nhint: ").next().unwrap_or("")));
        return m;
    }
    m.insert("warnings".into(), json!(warnings));
    m.insert("~warntexts".into(), json!(texts));
    let mut set: BTreeSet<String> = BTreeSet::new();
    for l in &r.lookups {
        set.insert(format!("{}|{}|{}|{}", l.reference, l.platform, l.mode, l.log_name));
    }
    m.insert("~lookups".into(), json!(set));
    m.insert("lookups".into(), json!(r.resolved().into_iter().collect::<BTreeSet<_>>()));
    m.insert("~sources".into(), json!(r.sources.iter().collect::<BTreeSet<_>>()));
    m.insert("~exit".into(), json!(r.exit_code()));
    if let Some(s) = r.solves.last() {
        m.insert("cacheimports".into(), json!(s.cache_imports.iter().collect::<Vec<_>>()));
    }
    let Some(res) = r.result() else {
        m.insert("outcome".into(), json!("NOTHING"));
        m.insert("~stderr".into(), json!(r.stderr));
        return m;
    };
    m.insert("outcome".into(), json!("ok"));
    m.insert("attest".into(), json!(format!("{:?}", res.attestations)));
    for k in res.metadata.keys() {
        if k == "frontend.result.inlinemessage" {
            continue;
        }
        let mut v = res.json(k).unwrap_or_default();
        norm(&mut v);
        m.insert(format!("meta {k}"), v);
        if k.contains("image.config") {
            // key order of the raw bytes matters for the config digest
            let raw = String::from_utf8_lossy(&res.metadata[k]).into_owned();
            let mut out = String::new();
            let mut rest = raw.as_str();
            while let Some(i) = rest.find("\"2026-11-2") {
                out.push_str(&rest[..i]);
                out.push_str("\"NOW\"");
                let t = &rest[i + 1..];
                let j = t.find('"').unwrap_or(t.len() - 1);
                rest = &t[j + 1..];
            }
            out.push_str(rest);
            m.insert(format!("raw {k}"), json!(out));
        }
    }
    for (k, g) in &res.graphs {
        let mut vs = BTreeMap::new();
        let mut names = BTreeMap::new();
        for v in &g.vertices {
            vs.insert(v.digest.clone(), v.json());
            let mut mj = v.metadata_json();
            if let Some(o) = mj.pointer_mut("/progressGroup").and_then(Value::as_object_mut) {
                o.remove("id");
            }
            names.insert(v.digest.clone(), mj);
        }
        m.insert(format!("graph {k}"), json!(vs));
        m.insert(format!("head {k}"), json!(g.head));
        m.insert(format!("~names {k}"), json!(names));
        m.insert(format!("~lines {k}"), json!(g.lines()));
        let infos: Vec<Value> = g
            .source
            .iter()
            .flat_map(|s| &s.infos)
            .map(|i| {
                json!([
                    i.filename,
                    i.language,
                    String::from_utf8_lossy(&i.data).len(),
                    i.definition.as_ref().map(|d| d.def.iter().map(|b| b.len()).sum::<usize>())
                ])
            })
            .collect();
        m.insert(format!("~infos {k}"), json!(infos));
    }
    m
}
fn record(r: &Recording) -> Value {
    let mut o = serde_json::Map::new();
    if let Some(e) = r.error() {
        o.insert("error".into(), json!(e.message));
        o.insert("errorCode".into(), json!(e.code));
        o.insert("errorDetails".into(), json!(e.details.len()));
    }
    if let Some(res) = r.result() {
        let mut refs = serde_json::Map::new();
        let mut heads = serde_json::Map::new();
        for (k, g) in &res.graphs {
            let mut vs: Vec<_> = g.vertices.iter().collect();
            vs.sort_by_key(|v| v.digest.clone());
            refs.insert(
                k.clone(),
                vs.iter()
                    .map(|v| {
                        let mut mj = v.metadata_json();
                        if let Some(o) =
                            mj.pointer_mut("/progressGroup").and_then(Value::as_object_mut)
                        {
                            o.remove("id");
                        }
                        json!({"digest": v.digest, "op": v.json(), "meta": mj})
                    })
                    .collect(),
            );
            if let Some(h) = &g.head {
                heads.insert(k.clone(), json!(h));
            }
        }
        o.insert("refs".into(), refs.into());
        o.insert("heads".into(), heads.into());
        o.insert(
            "metadata".into(),
            res.metadata
                .keys()
                .map(|k| (k.clone(), res.json(k).unwrap_or_default()))
                .collect::<serde_json::Map<_, _>>()
                .into(),
        );
    }
    o.insert("warnings".into(), json!(r.warnings.iter().map(|w| json!({"short": w.short, "detail": w.detail, "url": w.url, "level": w.level, "ranges": w.ranges})).collect::<Vec<_>>()));
    o.insert("resolved".into(), json!(r.resolved()));
    o.insert(
        "forwarded".into(),
        json!(
            r.forwarded
                .iter()
                .map(|f| json!({"frontend": f.frontend, "opts": f.opts}))
                .collect::<Vec<_>>()
        ),
    );
    o.insert("solves".into(), json!(r.count(Rpc::Solve)));
    o.insert("rpcs".into(), json!(r.counted()));
    o.into()
}
#[tokio::main]
async fn main() {
    let a: Vec<String> = std::env::args().collect();
    if a[1] == "record" {
        // record REF CORPUS: records expected/ for the cases of a corpus
        let corpus = PathBuf::from(&a[3]);
        for entry in std::fs::read_dir(corpus.join("cases")).unwrap() {
            let dir = entry.unwrap().path();
            let name = dir.file_name().unwrap().to_string_lossy().into_owned();
            #[derive(Deserialize)]
            struct S {
                #[serde(default)]
                opts: BTreeMap<String, String>,
                #[serde(default)]
                images: BTreeMap<String, Image>,
            }
            let s: S =
                serde_json::from_slice(&std::fs::read(dir.join("case.json")).unwrap()).unwrap();
            let mut g = Gateway::new().opts(s.opts);
            for (r, i) in s.images {
                g = g.image(&r, i);
            }
            for e in std::fs::read_dir(&dir).unwrap() {
                let e = e.unwrap();
                if e.file_type().unwrap().is_dir() {
                    let n = e.file_name().to_string_lossy().into_owned();
                    if n == "src" {
                        for e in std::fs::read_dir(e.path()).unwrap() {
                            let e = e.unwrap();
                            g = g.source(
                                &e.file_name().to_string_lossy(),
                                Files::from_folder(&e.path()).unwrap(),
                            );
                        }
                    } else {
                        g = g.local(&n, Files::from_folder(&e.path()).unwrap());
                    }
                }
            }
            let r = g.run(&a[2]).await.unwrap();
            std::fs::create_dir_all(corpus.join("expected")).unwrap();
            let buf = Vec::new();
            let fmt = serde_json::ser::PrettyFormatter::with_indent(b" ");
            let mut ser = serde_json::Serializer::with_formatter(buf, fmt);
            serde::Serialize::serialize(&record(&r), &mut ser).unwrap();
            let mut b = ser.into_inner();
            b.push(b'\n');
            std::fs::write(corpus.join("expected").join(format!("{name}.json")), b).unwrap();
        }
        return;
    }
    let (reference, ours) = (Arc::new(PathBuf::from(&a[1])), Arc::new(PathBuf::from(&a[2])));
    let out = Arc::new(Mutex::new(std::fs::File::create(&a[4]).unwrap()));
    let sem = Arc::new(Semaphore::new(a.get(5).map_or(3, |n| n.parse().unwrap())));
    let mut tasks = Vec::new();
    for line in std::io::BufReader::new(std::fs::File::open(&a[3]).unwrap()).lines() {
        let job: Job = serde_json::from_str(&line.unwrap()).unwrap();
        let (reference, ours, out, sem) =
            (reference.clone(), ours.clone(), out.clone(), sem.clone());
        tasks.push(tokio::spawn(async move {
            let _s = sem.acquire().await.unwrap();
            let (x, y) = tokio::join!(gateway(&job).run(reference.as_path()), gateway(&job).run(ours.as_path()));
            let (x, y) = (x.unwrap(), y.unwrap());
            let (vx, vy) = (view(&x), view(&y));
            let mut diffs = serde_json::Map::new();
            for k in vx.keys().chain(vy.keys()).collect::<BTreeSet<_>>() {
                if vx.get(k) != vy.get(k) {
                    let (mut a, mut b) = (vx.get(k).cloned().unwrap_or_default(), vy.get(k).cloned().unwrap_or_default());
                    if let (Value::Object(a), Value::Object(b)) = (&mut a, &mut b) {
                        let same: Vec<String> = a.iter().filter(|(k, v)| b.get(*k) == Some(*v)).map(|(k, _)| k.clone()).collect();
                        for k in same { a.remove(&k); b.remove(&k); }
                    }
                    diffs.insert(k.clone(), json!([a, b]));
                }
            }
            if let Some(w) = &job.want_error {
                let has = |r: &Recording| r.words().contains(w.as_str());
                if has(&x) && !has(&y) { diffs.insert("WANTERR".into(), json!([w, y.error().map(|e| e.message.clone())])); }
            }
            let ok = diffs.keys().next().is_none();
            let rec = json!({"name": job.name, "diffs": diffs, "ref": vx.get("outcome"), "rpcs": [x.counted(), y.counted()]});
            if !ok || true { let mut f = out.lock().await; writeln!(f, "{rec}").unwrap(); }
        }));
    }
    for t in tasks {
        if let Err(e) = t.await {
            eprintln!("{e}");
        }
    }
}
