@echo off
rem Runs Semel from a checkout: builds it first when there is no build, or when the sources are no longer those of the build.
rem It runs on the .NET runtime; docs/publishing.md says how the native program is made on Windows.
rem Each build lies in a folder of its own under artifacts\semel, so that a program that is running keeps its files; `current` names the newest.
setlocal EnableExtensions
set "root=%~dp0"
set "home=%root%artifacts\semel"
set "build="
if exist "%home%\current" set /p build=<"%home%\current"
if not defined build goto build
if not exist "%home%\%build%\semel.dll" goto build
rem Compares the sources with the copy taken when the build began; 0 means that none differs, is missing or is new.
robocopy "%root%src" "%home%\%build%.sources" /MIR /L /XD bin obj /NJH /NJS /NFL /NDL /NP >nul 2>nul
if %errorlevel% equ 0 goto run

:build
where dotnet >nul 2>nul
if errorlevel 1 (
    echo semel: the .NET 10 SDK is needed, but there is no 'dotnet' in the PATH. See https://dotnet.microsoft.com/download 1>&2
    exit /b 70
)
if not exist "%home%" mkdir "%home%"
if defined build (echo building Semel ^(the sources changed^) ... 1>&2) else (echo building Semel ^(first use^) ... 1>&2)
set "build=build-%RANDOM%%RANDOM%"
set "log=%home%\%build%.log"
rem Two first uses at once do not disturb each other: nothing is shared until `current` is moved into place.
set "scratch=%root%artifacts\semel-build-%build%"
set "publish=dotnet publish src/Cli -c Release -p:Native=false --artifacts-path "%scratch%" -o "%home%\%build%" --nologo -v quiet -p:NuGetLockFilePath=obj/none.lock.json -p:RestoreLockedMode=false -p:NuGetAudit=false -p:RunAnalyzers=false -p:GenerateDocumentationFile=false -nodeReuse:false -p:UseSharedCompilation=false"
robocopy "%root%src" "%home%\%build%.sources" /MIR /XD bin obj >nul 2>nul
pushd "%root%"
rem Compiled ahead of time it starts in a third of the time; where the packages for that cannot be fetched, an ordinary build does the same work.
%publish% --use-current-runtime --self-contained false -p:PublishReadyToRun=true >"%log%" 2>&1
if errorlevel 1 %publish% >"%log%" 2>&1
set "result=%errorlevel%"
popd
rmdir /s /q "%scratch%" 2>nul
if not "%result%"=="0" (
    echo semel: the build failed: 1>&2
    type "%log%" 1>&2
    exit /b 70
)
del "%log%" 2>nul
>"%home%\current.%build%" echo %build%
move /y "%home%\current.%build%" "%home%\current" >nul

:run
set "SEMEL_PROGRAM=%~nx0"
dotnet "%home%\%build%\semel.dll" %*
exit /b %errorlevel%
