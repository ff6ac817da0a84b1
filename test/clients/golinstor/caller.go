package main

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/LINBIT/golinstor/client"
)

// What a call may come to.
type outcome string

const (
	good    outcome = "good"
	refused outcome = "refused" // an error that the library could decode as LINSTOR's own
	missing outcome = "missing" // a 404
	fatal   outcome = "fatal"   // the library itself panics
	// It expects a list where LINSTOR answers with an object.
	unread outcome = "what cannot be decoded"
)

// How long what happens in its own time may take.
const waitFor = 20 * time.Second

// caller calls methods of the library by name and keeps count of them.
type caller struct {
	api      *client.Client
	ctx      context.Context
	called   map[string]bool
	last     string
	problems []string
}

// call expects the outcome and returns the first result, nil where there is none.
func (c *caller) call(want outcome, name string, args ...any) any {
	c.called[name] = true
	provider, method, _ := strings.Cut(name, ".")
	function := reflect.ValueOf(c.api).Elem().FieldByName(provider).MethodByName(method)
	in := []reflect.Value{reflect.ValueOf(c.ctx)}
	for at, arg := range args {
		in = append(in, convert(arg, function.Type(), at+1))
	}
	c.last = name
	out, err := called(function, in)
	if found := outcomeOf(err); found != want {
		c.fail("%s instead of %s: %v", found, want, err)
	}
	if len(out) < 2 || err != nil {
		return nil
	}
	return out[0].Interface()
}

// called calls the library, which panics after some of the errors that it was answered.
func called(function reflect.Value, in []reflect.Value) (out []reflect.Value, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = panicked{cause}
		}
	}()
	out = function.Call(in)
	err, _ = out[len(out)-1].Interface().(error)
	return out, err
}

type panicked struct{ cause any }

func (p panicked) Error() string { return fmt.Sprint(p.cause) }

// A nil argument has no type of its own.
func convert(arg any, function reflect.Type, at int) reflect.Value {
	if arg == nil {
		return reflect.Zero(function.In(at))
	}
	return reflect.ValueOf(arg)
}

func outcomeOf(err error) outcome {
	var rc client.ApiCallError
	switch {
	case err == nil:
		return good
	case errors.Is(err, client.NotFoundError):
		return missing
	case errors.As(err, &rc):
		return refused
	case errors.As(err, new(panicked)):
		return fatal
	}
	return unread
}

func (c *caller) fail(format string, args ...any) {
	problem := c.last + ": " + fmt.Sprintf(format, args...)
	if !slices.Contains(c.problems, problem) {
		c.problems = append(c.problems, problem)
	}
}

// check notes a sentence that is not true.
func (c *caller) check(holds bool, sentence string, args ...any) {
	if !holds {
		c.fail(sentence, args...)
	}
}

// until waits for what happens in its own time; a call that fails is not made again.
func (c *caller) until(what string, holds func() bool) {
	before := len(c.problems)
	for deadline := time.Now().Add(waitFor); !holds(); time.Sleep(50 * time.Millisecond) {
		if len(c.problems) > before {
			return
		}
		if time.Now().After(deadline) {
			c.fail("waited in vain until %s", what)
			return
		}
	}
}

// uncalled names the methods of all providers that nothing has called.
func (c *caller) uncalled() []string {
	names := []string{}
	api := reflect.TypeOf(client.Client{})
	for field := range api.NumField() {
		provider := api.Field(field)
		if !provider.IsExported() || provider.Type.Kind() != reflect.Interface {
			continue
		}
		for method := range provider.Type.NumMethod() {
			name := provider.Name + "." + provider.Type.Method(method).Name
			if !c.called[name] {
				names = append(names, name)
			}
		}
	}
	sort.Strings(names)
	return names
}
