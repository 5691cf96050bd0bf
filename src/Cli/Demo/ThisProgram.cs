using System.Diagnostics;

namespace Semel.Cli.Demo;

/// <summary>How this very program is started again, whether it runs by `dotnet semel.dll`, by its own executable, or inside a test.</summary>
public static class ThisProgram
{
    public static void Fill(ProcessStartInfo start)
    {
        var library = Path.Combine(AppContext.BaseDirectory, "semel.dll");
        var executable = Environment.ProcessPath ?? "dotnet";
        var name = Path.GetFileNameWithoutExtension(executable);
        start.UseShellExecute = false;
        if (name == "semel")
        {
            start.FileName = executable;
            return;
        }
        start.FileName = name == "dotnet" ? executable : Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        start.ArgumentList.Add(library);
    }
}
