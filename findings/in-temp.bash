# Sourced by the scripts: a temp folder that goes away, a program against Confluent.Kafka's own mock cluster, and the comparison at the end.
set -euo pipefail
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT

# Runs the C# on standard input with Confluent.Kafka of the version given. It finds `boot`, the address of a mock cluster with four partitions a topic.
run_confluent() {
    cat > "$temp/finding.csproj" <<PROJECT
<Project Sdk="Microsoft.NET.Sdk">
  <PropertyGroup><OutputType>Exe</OutputType><TargetFramework>net10.0</TargetFramework><ImplicitUsings>enable</ImplicitUsings></PropertyGroup>
  <ItemGroup><PackageReference Include="Confluent.Kafka" Version="[$1]" /><PackageReference Include="librdkafka.redist" Version="[$1]" /></ItemGroup>
</Project>
PROJECT
    cat > "$temp/Cluster.cs" <<'CLUSTER'
using Confluent.Kafka;

sealed class Cluster : IDisposable
{
    static readonly Dictionary<string, string> OneBroker = new() { ["bootstrap.servers"] = "unused:1", ["test.mock.num.brokers"] = "1" };
    readonly IProducer<Null, Null> _owner = new ProducerBuilder<Null, Null>(OneBroker).SetLogHandler((_, _) => { }).Build();

    public string Address()
    {
        using var admin = new DependentAdminClientBuilder(_owner.Handle).Build();
        var broker = admin.GetMetadata(TimeSpan.FromSeconds(30)).Brokers[0];
        return $"{broker.Host}:{broker.Port}";
    }

    public void Dispose() => _owner.Dispose();
}
CLUSTER
    {
        printf '%s\n' 'using Confluent.Kafka;' 'using var cluster = new Cluster();' 'var boot = cluster.Address();'
        printf '%s\n' 'Console.WriteLine($"librdkafka {Library.VersionString}");'
        cat
    } > "$temp/Program.cs"
    # No build server is left running behind.
    (cd "$temp" && MSBUILDDISABLENODEREUSE=1 dotnet build -c Release -v q --nologo -p:UseSharedCompilation=false > build.log 2>&1) \
        || { cat "$temp/build.log" >&2; exit 2; }
    dotnet "$temp/bin/Release/net10.0/finding.dll"
}

# Prints what was seen; ends with 1 when it is not what is written here.
expect() {
    printf '%s\n' "$2"
    [ "$1" = "$2" ] && return
    printf 'This has changed. It was:\n%s\n' "$1" >&2
    exit 1
}
