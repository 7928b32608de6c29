//! A registry of the test's own.

// Every test has what it needs of it.
#![allow(dead_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

pub(crate) const INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const CONFIG: &str = "application/vnd.oci.image.config.v1+json";

/// An answer: its status, the type of its body, and the body.
#[derive(Clone)]
pub(crate) struct Answer {
    status: u16,
    content_type: &'static str,
    body: Vec<u8>,
}

/// A registry with answers by path; of several to one the last stays.
#[derive(Clone, Default)]
pub(crate) struct Registry {
    pub(crate) answers: Arc<Mutex<HashMap<String, Vec<Answer>>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Registry {
    pub(crate) fn answer(
        &self,
        path: &str,
        status: u16,
        content_type: &'static str,
        body: impl Into<Vec<u8>>,
    ) {
        let answer = Answer { status, content_type, body: body.into() };
        self.answers.lock().unwrap().entry(path.to_owned()).or_default().push(answer);
    }

    /// Starts to listen. Returns the host's name.
    pub(crate) async fn start(&self) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        let registry = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(registry.clone().serve(stream));
            }
        });
        host
    }

    async fn serve(self, mut stream: TcpStream) {
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            match stream.read_u8().await {
                Ok(byte) => request.push(byte),
                Err(_) => return,
            }
        }
        let request = String::from_utf8(request).unwrap();
        let path = request.split(' ').nth(1).unwrap_or_default().to_owned();
        self.asked.lock().unwrap().push(path.clone());
        let answer = {
            let mut answers = self.answers.lock().unwrap();
            let answers = answers.entry(path).or_default();
            match answers.len() {
                0 => Answer { status: 404, content_type: "text/plain", body: Vec::new() },
                1 => answers[0].clone(),
                _ => answers.remove(0),
            }
        };
        let head = format!(
            "HTTP/1.1 {} X\r\ncontent-type: {}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
            answer.status,
            answer.content_type,
            answer.body.len()
        );
        let _ = stream.write_all(head.as_bytes()).await;
        let _ = stream.write_all(&answer.body).await;
    }

    /// How often a path was asked for.
    pub(crate) fn count(&self, path: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| *asked == path).count()
    }

    /// An image with its config, under the name or digest that `path` ends with. Returns the manifest's digest.
    pub(crate) fn image(&self, repository: &str, name: Option<&str>, config: &[u8]) -> String {
        let config_digest = digest(config);
        self.answer(&format!("/v2/{repository}/blobs/{config_digest}"), 200, CONFIG, config);
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": {"mediaType": CONFIG, "digest": config_digest, "size": config.len()},
            "layers": [],
        });
        let manifest = manifest.to_string();
        let manifest_digest = digest(manifest.as_bytes());
        let name = name.unwrap_or(&manifest_digest);
        self.answer(&format!("/v2/{repository}/manifests/{name}"), 200, MANIFEST, manifest);
        manifest_digest
    }
}

pub(crate) fn digest(data: &[u8]) -> String {
    format!("sha256:{}", aliasfront_content::Hash::of(data))
}
