// Command wheel writes Python wheels that hold the metainit command and a Python module around it:
//
//	go run ./cmd/wheel -o dist [-targets linux/amd64,darwin/arm64] [-version 1.2.3]
//
// It runs in the module's folder, and needs nothing but Go.
package main

import (
	"embed"
	"flag"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed python/metainit/*.py
var module embed.FS

// tags are the platform tags of the systems that there are wheels for. The binary is static, so that on Linux any C library
// will do.
var tags = map[string]string{
	"linux/amd64":   "manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
	"linux/arm64":   "manylinux_2_17_aarch64.manylinux2014_aarch64.musllinux_1_1_aarch64",
	"darwin/amd64":  "macosx_12_0_x86_64",
	"darwin/arm64":  "macosx_12_0_arm64",
	"windows/amd64": "win_amd64",
	"windows/arm64": "win_arm64",
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("wheel: ")
	out := flag.String("o", "dist", "`folder` to write to")
	targets := flag.String("targets", "linux/amd64,linux/arm64,darwin/amd64,darwin/arm64,windows/amd64,windows/arm64", "`list` of systems")
	version := flag.String("version", "0.1.0", "`version` of the package")
	flag.Parse()
	if err := os.MkdirAll(*out, 0o777); err != nil {
		log.Fatal(err)
	}
	for _, target := range strings.Split(*targets, ",") {
		path, err := build(*out, target, *version)
		if err != nil {
			log.Fatalf("%s: %v", target, err)
		}
		fmt.Println(path)
	}
}

// build writes the wheel for a system, such as linux/amd64, and returns its path.
func build(folder, target, version string) (string, error) {
	tag, known := tags[target]
	if !known {
		return "", fmt.Errorf("there are no wheels for it")
	}
	temp, err := os.MkdirTemp("", "wheel")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(temp)
	system, processor, _ := strings.Cut(target, "/")
	binary := filepath.Join(temp, "metainit")
	command := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", binary, "onnx-metainit/cmd/metainit")
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS="+system, "GOARCH="+processor)
	if said, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w: %s", err, said)
	}
	w := &wheel{name: "metainit", version: version, tag: "py3-none-" + tag}
	if err := w.addModule(); err != nil {
		return "", err
	}
	program, err := os.ReadFile(binary)
	if err != nil {
		return "", err
	}
	name := "metainit/bin/metainit"
	if system == "windows" {
		name += ".exe"
	}
	w.add(name, program, 0o755)
	return w.write(folder)
}

// addModule adds the Python files.
func (w *wheel) addModule() error {
	files, err := module.ReadDir("python/metainit")
	if err != nil {
		return err
	}
	for _, f := range files {
		text, err := module.ReadFile("python/metainit/" + f.Name())
		if err != nil {
			return err
		}
		w.add("metainit/"+f.Name(), text, 0o644)
	}
	return nil
}
