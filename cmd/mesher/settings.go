package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/alecthomas/kong"
	"gopkg.in/yaml.v3"
)

// settingsFile reads the YAML file of --config. Its keys are names of flags,
// for whatever command knows them. A flag on the command line and a variable of
// the environment both win over the file.
func settingsFile(r io.Reader) (kong.Resolver, error) {
	file := settings{}
	if err := yaml.NewDecoder(r).Decode(&file); err != nil && !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("the settings file is no YAML map of flags and values: %w", err)
	}
	return file, nil
}

type settings map[string]any

// Validate refuses a key that no command has, so that a slip of the pen is not taken for a setting.
func (s settings) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, flags := range flagsOf(app.Node) {
		known[flags.Name] = true
	}
	for name, value := range s {
		if !known[name] {
			return fmt.Errorf("the settings file has %q, which is no setting: see mesher serve --help for their names", name)
		}
		switch value.(type) {
		case []any, map[string]any:
			return fmt.Errorf("the settings file has a list or map for %q: give one value", name)
		}
	}
	return nil
}

func flagsOf(n *kong.Node) []*kong.Flag {
	flags := n.Flags
	for _, child := range n.Children {
		flags = append(flags, flagsOf(child)...)
	}
	return flags
}

// Resolve implements kong.Resolver.
func (s settings) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	value, ok := s[flag.Name]
	if !ok || value == nil {
		return nil, nil
	}
	// Kong parses text as on the command line: numbers, durations and levels alike.
	return strings.TrimSpace(fmt.Sprint(value)), nil
}
