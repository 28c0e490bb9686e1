package bench

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A language is how one platform's SDK spells types, frames and contexts.
type language struct {
	platform  string
	sdkName   string
	mechanism string
	agent     string
	runtime   string
	version   string
	// library names frames of the framework, which are not in_app; their order is from the outside in.
	library lexicon
	// exceptionType and appFrame spell names in the manner of the platform.
	exceptionType func(names) string
	appFrame      func(fn string, n names) frame
	libraryFrame  func(fn string) frame
}

const (
	chromeAgent = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
	mobileAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1"
)

// languageOf deals the platforms out to the bugs in turn.
func languageOf(bug int) language {
	switch bug % 5 {
	case 0:
		return python()
	case 1:
		return node()
	case 2:
		return golang()
	case 3:
		return java()
	}
	return browser()
}

func python() language {
	return language{
		platform: "python", sdkName: "sentry.python", mechanism: "django", agent: chromeAgent, runtime: "CPython", version: "3.13.1",
		library:       "django.core.handlers.exception.inner django.core.handlers.base._get_response django.utils.deprecation.__call__ rest_framework.views.dispatch django.db.transaction.inner",
		exceptionType: func(n names) string { return title(n.noun) + title(n.verb) + title(n.fault) + "Error" },
		appFrame: func(fn string, n names) frame {
			return frame{Function: fn, Module: "shop." + n.area + "." + n.noun + "s", Filename: "shop/" + n.area + "/" + n.noun + "s.py"}
		},
		libraryFrame: func(fn string) frame {
			module, name := cutLast(fn, ".")
			path := strings.ReplaceAll(module, ".", "/") + ".py"
			return frame{Function: name, Module: module, Filename: path}
		},
	}
}

func node() language {
	return language{
		platform: "node", sdkName: "sentry.javascript.node", mechanism: "onuncaughtexception", agent: mobileAgent, runtime: "node", version: "v22.11.0",
		library:       "express.Layer.handle express.next express.Route.dispatch body-parser.read raw-body.onEnd",
		exceptionType: func(n names) string { return title(n.area) + title(n.noun) + title(n.fault) + "Error" },
		appFrame: func(fn string, n names) frame {
			file := "/srv/app/dist/" + n.area + "/" + n.noun + "-service.js"
			return frame{Function: title(n.noun) + "Service." + camel(fn), Module: n.area + ":" + n.noun + "-service", Filename: file, Colno: 11 + len(fn)}
		},
		libraryFrame: func(fn string) frame {
			pkg, name, _ := strings.Cut(fn, ".")
			return frame{Function: name, Module: pkg, Filename: "/srv/app/node_modules/" + pkg + "/lib/index.js", Colno: 9}
		},
	}
}

func golang() language {
	return language{
		platform: "go", sdkName: "sentry.go", mechanism: "generic", agent: "Go-http-client/2.0", runtime: "go", version: "go1.26",
		library:       "net/http.(*conn).serve net/http.serverHandler.ServeHTTP net/http.HandlerFunc.ServeHTTP net/http.(*ServeMux).ServeHTTP",
		exceptionType: func(n names) string { return "*" + n.area + "." + title(n.noun) + title(n.fault) + "Error" },
		appFrame: func(fn string, n names) frame {
			return frame{Function: "(*" + title(n.noun) + "Service)." + title(camel(fn)), Module: "example.org/shop/" + n.area, AbsPath: "/build/shop/" + n.area + "/" + n.noun + ".go"}
		},
		libraryFrame: func(fn string) frame {
			module, name, _ := strings.Cut(fn, ".")
			return frame{Function: name, Module: module, AbsPath: "/usr/local/go/src/" + module + "/server.go"}
		},
	}
}

func java() language {
	return language{
		platform: "java", sdkName: "sentry.java.spring-boot", mechanism: "Spring6ExceptionResolver", agent: chromeAgent, runtime: "OpenJDK Runtime Environment", version: "21.0.5",
		library: "java.lang.Thread.run org.apache.tomcat.util.net.SocketProcessorBase.run org.apache.catalina.core.StandardEngineValve.invoke " +
			"org.springframework.web.servlet.FrameworkServlet.service jakarta.servlet.http.HttpServlet.service",
		exceptionType: func(n names) string { return title(n.noun) + title(n.verb) + title(n.fault) + "Exception" },
		appFrame: func(fn string, n names) frame {
			class := title(n.noun) + "Service"
			return frame{Function: camel(fn), Module: "org.example.shop." + n.area + "." + class, Filename: class + ".java"}
		},
		libraryFrame: func(fn string) frame {
			module, name := cutLast(fn, ".")
			_, class := cutLast(module, ".")
			return frame{Function: name, Module: module, Filename: class + ".java"}
		},
	}
}

func browser() language {
	return language{
		platform: "javascript", sdkName: "sentry.javascript.browser", mechanism: "onerror", agent: mobileAgent, runtime: "Safari", version: "18.1",
		library:       "vue.callWithErrorHandling vue.callWithAsyncErrorHandling vue.invoker vue.flushJobs axios.request",
		exceptionType: func(n names) string { return title(n.noun) + title(n.verb) + title(n.fault) + "Error" },
		appFrame: func(fn string, n names) frame {
			url := "https://shop.example.org/src/" + n.area + "/" + title(n.noun) + "View.vue"
			return frame{Function: camel(fn), Filename: url, Colno: 13 + len(fn)}
		},
		libraryFrame: func(fn string) frame {
			pkg, name, _ := strings.Cut(fn, ".")
			return frame{Function: name, Filename: "https://shop.example.org/node_modules/" + pkg + "/index.js", Colno: 21}
		},
	}
}

// stack makes count frames, oldest first: the framework's, then the program's.
// The last one, where the bug is, is named after it.
func (l language) stack(n names, r *rand.Rand, count int) []frame {
	own := 6 + r.IntN(6)
	frames := make([]frame, 0, count)
	for i := range count - 1 {
		var f frame
		if i < count-own {
			f = l.libraryFrame(l.library.at(i + i/l.library.size()))
		} else {
			caller := names{verb: verbs.at(r.IntN(verbs.size())), noun: n.noun, area: areas.at(r.IntN(areas.size()))}
			f = l.appFrame(caller.verb+"_"+caller.noun, caller)
			f.InApp = true
		}
		f.Lineno = 10 + r.IntN(900)
		frames = append(frames, f)
	}
	last := l.appFrame(n.verb+"_"+n.noun, n)
	last.InApp = true
	last.Lineno = 10 + r.IntN(900)
	last.ContextLine = fmt.Sprintf("        raise_%s(%s, %s)", n.fault, n.noun, n.area)
	return append(frames, last)
}

// codeLine is a line that could stand in any of the languages.
func codeLine(n names, r *rand.Rand, i int) string {
	verb, noun := verbs.at(r.IntN(verbs.size())), nouns.at(r.IntN(nouns.size()))
	switch i % 4 {
	case 0:
		return fmt.Sprintf("    %s = self.%s.%s(%s_id)", noun, n.area, verb, n.noun)
	case 1:
		return fmt.Sprintf("    if (%s.state !== expected.%s) {", noun, verb)
	case 2:
		return fmt.Sprintf("        return %s.%s(%s, options)", n.noun, verb, noun)
	}
	return fmt.Sprintf("    log.debug(\"%s of %s done\")", verb, noun)
}

func (l language) contexts(r *rand.Rand) object {
	return object{
		"runtime": object{"name": l.runtime, "version": l.version, "type": "runtime"},
		"os":      object{"name": "Linux", "version": fmt.Sprintf("6.%d.%d", 1+r.IntN(12), r.IntN(100)), "type": "os"},
		"device":  object{"arch": "x86_64", "memory_size": 8 << 30, "processor_count": 1 << r.IntN(5), "type": "device"},
		"trace":   object{"trace_id": fmt.Sprintf("%016x%016x", r.Uint64(), r.Uint64()), "span_id": fmt.Sprintf("%016x", r.Uint64()), "op": "http.server", "type": "trace"},
	}
}

func (l language) sdk() object {
	return object{"name": l.sdkName, "version": "9.12.0", "integrations": []string{"logging", "stdlib", "excepthook", "dedupe"}}
}

// camel turns load_invoice into loadInvoice.
func camel(snake string) string {
	head, tail, _ := strings.Cut(snake, "_")
	if tail == "" {
		return head
	}
	return head + title(tail)
}

func cutLast(s, sep string) (before, after string) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return "", s
	}
	return s[:i], s[i+len(sep):]
}
