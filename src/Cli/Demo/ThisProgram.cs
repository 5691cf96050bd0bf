using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Semel.Cli.Demo;

/// <summary>How this very program is started again, whether it is native, or runs by `dotnet semel.dll`, by its own executable, as a tool, or inside a test.</summary>
public static class ThisProgram
{
    public static void Fill(ProcessStartInfo start)
    {
        var library = Path.Combine(AppContext.BaseDirectory, "semel.dll");
        var executable = Environment.ProcessPath ?? "dotnet";
        var name = Path.GetFileNameWithoutExtension(executable);
        start.UseShellExecute = false;
        // A native program has no library beside it, and may have another name.
        if (name == "semel" || !RuntimeFeature.IsDynamicCodeSupported)
        {
            start.FileName = executable;
            return;
        }
        start.FileName = name == "dotnet" ? executable : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        start.ArgumentList.Add(library);
    }
}
