package grouping

import (
	"testing"

	"github.com/mesher/mesher/internal/event"
)

func TestFrameKey(t *testing.T) {
	t.Parallel()
	tests := []struct {
		platform string
		frame    event.Frame
		want     Key
	}{
		{"java", event.Frame{Module: "com.acme.Svc$$SpringCGLIB$$0", Function: "run"}, Key{"com.acme.Svc$$Proxy", "run"}},
		{"java", event.Frame{Module: "a.Foo$$Lambda/0x00007f1c2c00a000", Function: "run"}, Key{"a.Foo$$Lambda", "run"}},
		{"java", event.Frame{Module: "a.Foo", Function: "lambda$work$3"}, Key{"a.Foo", "lambda$work"}},
		{"kotlin", event.Frame{Module: "a.Sync$run$1", Function: "invokeSuspend"}, Key{"a.Sync$run$anon", "invokeSuspend"}},
		{"python", event.Frame{Module: "__main__", Filename: "main.py", Function: "make.<locals>.wrapper"}, Key{"main", "wrapper"}},
		{"python", event.Frame{Filename: "<ipython-input-3-1a2b>", Function: "train"}, Key{"<ipython>", "train"}},
		{"javascript", event.Frame{Filename: "https://cdn.test/1.2.3/app.9f00aa11bb22cc33.js?v=1", Function: "Object.render"}, Key{"app.js", "render"}},
		{"javascript", event.Frame{Filename: "webpack:///./src/Cart.vue?a1b2", Function: "async load"}, Key{"cart.vue", "load"}},
		{"node", event.Frame{Module: "lib:cart", Function: "<anonymous>"}, Key{"lib:cart", ""}},
		{"go", event.Frame{Module: "acme/x", Function: "(*List[go.shape.int]).Push.func1.2"}, Key{"acme/x", "(*List[...]).Push.func"}},
		{"ruby", event.Frame{Filename: "app/cart.rb", Function: "block (2 levels) in Shop::Cart#charge"}, Key{"cart.rb", "charge"}},
		{"php", event.Frame{Filename: "x.php", Function: "class@anonymous\x00/app/x.php:12$0::run"}, Key{"x.php", "class@anonymous::run"}},
		{"csharp", event.Frame{Module: "Acme.Svc+<GetAsync>d__12", Function: "MoveNext"}, Key{"Acme.Svc", "GetAsync"}},
		{"csharp", event.Frame{Module: "Acme.Svc+<>c__DisplayClass3_0", Function: "<Run>b__0"}, Key{"Acme.Svc", "Run"}},
		{"rust", event.Frame{Function: "<app::Pipe<A, B> as core::Future>::poll::h0123456789abcdef"}, Key{"", "app::Pipe<T>::poll"}},
		{"elixir", event.Frame{Module: "Shop.Cart", Function: "anonymous fn/2 in Shop.Cart.total/1"}, Key{"Shop.Cart", "fn in total/1"}},
		{"native", event.Frame{Function: "static unsigned int foo<int>(int) const [clone .cold]"}, Key{"", "foo<T>"}},
		{"native", event.Frame{Function: "<redacted>", Package: "/usr/lib/libFoo.so"}, Key{"libfoo.so", ""}},
		{"native", event.Frame{InstructionAddr: "0x7fff1234"}, Key{}},
		{"", event.Frame{Filename: "/srv/app/main.py", Function: "f"}, Key{"main.py", "f"}},
	}
	for _, tt := range tests {
		if got := FrameKey(tt.platform, &tt.frame); got != tt.want {
			t.Errorf("%s %+v: %+v, want %+v", tt.platform, tt.frame, got, tt.want)
		}
	}
}

func TestInferInApp(t *testing.T) {
	t.Parallel()
	tests := []struct {
		platform string
		frame    event.Frame
		want     bool
	}{
		{"python", event.Frame{Module: "shop", AbsPath: "/srv/shop.py"}, true},
		{"python", event.Frame{Module: "requests.api", AbsPath: "/venv/lib/python3.12/site-packages/requests/api.py"}, false},
		{"python", event.Frame{Module: "json", AbsPath: "/usr/lib/python3.11/json/decoder.py"}, false},
		{"node", event.Frame{Filename: "/app/src/cart.js"}, true},
		{"node", event.Frame{Filename: "/app/node_modules/pg/lib/client.js"}, false},
		{"node", event.Frame{Filename: "node:net"}, false},
		{"javascript", event.Frame{Filename: "https://unpkg.com/react/index.js"}, false},
		{"javascript", event.Frame{Filename: "<anonymous>", Function: "Array.map"}, false},
		{"go", event.Frame{Module: "shopd/cart", Filename: "shopd/cart/cart.go"}, true},
		{"go", event.Frame{Module: "net/http", Filename: "net/http/server.go"}, false},
		{"go", event.Frame{Module: "github.com/a/b", AbsPath: "/go/pkg/mod/github.com/a/b@v1.2.3/b.go"}, false},
		{"go", event.Frame{Module: "main", AbsPath: "/go/src/app/main.go"}, true},
		{"java", event.Frame{Module: "com.acme.Cart"}, true},
		{"java", event.Frame{Module: "org.springframework.web.Dispatcher"}, false},
		{"ruby", event.Frame{Filename: "main.rb"}, true},
		{"ruby", event.Frame{AbsPath: "/usr/local/bundle/gems/rack-3.0/lib/rack.rb"}, false},
		{"php", event.Frame{Filename: "/app/vendor/symfony/x.php"}, false},
		{"csharp", event.Frame{Module: "System.Linq.Enumerable", Function: "First"}, false},
		{"csharp", event.Frame{Module: "Acme.Cart", Function: "Total"}, true},
		{"elixir", event.Frame{Module: "Ecto.Repo", Filename: "deps/ecto/lib/ecto/repo.ex"}, false},
		{"rust", event.Frame{Function: "core::panicking::panic"}, false},
		{"rust", event.Frame{Function: "app::run"}, true},
	}
	for _, tt := range tests {
		if got := InferInApp(tt.platform, &tt.frame); got != tt.want {
			t.Errorf("%s %+v: %v, want %v", tt.platform, tt.frame, got, tt.want)
		}
	}
}
