import JourneymanBuildspec
import Testing

/// Whole buildspecs in the styles that the reference counts.
@Suite struct FixtureTests {
  @Test func thereAreFixtures() {
    #expect(Fixtures.names(in: "good").count >= 15)
    #expect(Fixtures.names(in: "bad").count >= 5)
  }

  @Test(arguments: Fixtures.names(in: "good"))
  func accepts(name: String) throws {
    let document = Buildspec.parse(try Fixtures.bytes("good/\(name)"), file: name)
    #expect(document.buildspec != nil)
    #expect(document.problems.map(\.description) == Fixtures.problems("good/\(name)").map { "\(name):\($0)" })
  }

  @Test(arguments: Fixtures.names(in: "bad"))
  func refuses(name: String) throws {
    let document = Buildspec.parse(try Fixtures.bytes("bad/\(name)"), file: name)
    #expect(document.buildspec == nil)
    #expect(document.problems.map(\.description) == Fixtures.problems("bad/\(name)").map { "\(name):\($0)" })
  }

  @Test(arguments: models.keys.sorted())
  func reads(name: String) throws {
    let document = Buildspec.parse(try Fixtures.bytes("good/\(name)"), file: name)
    #expect(document.buildspec == Self.models[name])
  }

  private static let models: [String: Buildspec] = [
    "c-make.yml": Buildspec(
      version: .v02,
      phases: [
        .install: .init(commands: ["apt-get update -y && apt-get install -y build-essential"]),
        .build: .init(commands: [
          "./configure --prefix=/usr", "make -j\"$(nproc)\"", "make DESTDIR=$CODEBUILD_SRC_DIR/stage install",
        ]),
        .postBuild: .init(commands: ["make check || true"]),
      ], artifacts: .init(primary: .init(files: ["**/*"], baseDirectory: "stage"))),
    "python-pytest.yml": Buildspec(
      version: .v02,
      environment: .init(
        shell: .bash,
        variables: [
          .init(name: "PIP_DISABLE_PIP_VERSION_CHECK", value: "1"), .init(name: "PYTHON_VERSION", value: "3.10"),
        ], parameterStore: [.init(variable: "PYPI_TOKEN", parameter: "/ci/pypi/token")],
        exportedVariables: ["PACKAGE_VERSION"]),
      phases: [
        .install: .init(
          commands: ["pip install -r requirements.txt -r requirements-dev.txt"],
          runtimeVersions: [.init(name: "python", version: "3.10")]),
        .preBuild: .init(commands: ["flake8 src tests", "PACKAGE_VERSION=$(python setup.py --version)"]),
        .build: .init(
          onFailure: .continue,
          commands: [
            """
            set -e
            pytest --junitxml=reports/unit.xml \\
              --cov=src --cov-report=xml:reports/coverage.xml

            """
          ], finally: ["cat reports/unit.xml"]),
        .postBuild: .init(commands: [
          "if [ \"$CODEBUILD_BUILD_SUCCEEDING\" = \"1\" ]; then python -m build; fi"
        ]),
      ],
      reports: [
        .init(name: "pytest", files: ["unit.xml"], baseDirectory: "reports"),
        .init(name: "coverage", files: ["reports/coverage.xml"], format: .cobertura),
      ], artifacts: .init(primary: .init(files: ["dist/*.whl", "dist/*.tar.gz"], discardsPaths: true)),
      cache: .init(paths: ["/root/.cache/pip/**/*"])),
    "node.yml": Buildspec(
      version: .v02,
      phases: [
        .install: .init(commands: ["npm ci"], runtimeVersions: [.init(name: "nodejs", version: "18")]),
        .build: .init(commands: ["npm run lint", "npm test -- --ci", "npm run build"]),
      ],
      artifacts: .init(
        primary: .init(
          files: ["**/*"], name: "web-$(date +%Y-%m-%d)", baseDirectory: "dist*",
          excludePaths: ["**/*.map", "**/.*"])),
      cache: .init(
        paths: ["node_modules/**/*"], key: "npm-$(codebuild-hash-files package-lock.json)", fallbackKeys: ["npm-"])),
    "java-maven-crlf.yml": Buildspec(
      version: .v02,
      phases: [
        .install: .init(runtimeVersions: [.init(name: "java", version: "corretto17")]),
        .build: .init(commands: ["mvn -B -DskipTests=false package"]),
        .postBuild: .init(commands: ["echo Build completed on `date`"]),
      ], reports: [.init(name: "SurefireReports", files: ["**/*"], baseDirectory: "target/surefire-reports")],
      artifacts: .init(primary: .init(files: ["target/*.jar", "appspec.yml"])),
      cache: .init(paths: ["/root/.m2/**/*"])),
    "docker-ecr.yml": Buildspec(
      version: .v02,
      environment: .init(
        variables: [.init(name: "REPOSITORY_URI", value: "111122223333.dkr.ecr.us-east-1.amazonaws.com/app")],
        secretsManager: [
          .init(variable: "DOCKERHUB_USERNAME", secretID: "dockerhub", jsonKey: "username"),
          .init(
            variable: "DOCKERHUB_PASSWORD",
            secretID: "arn:aws:secretsmanager:us-east-1:111122223333:secret:dockerhub-a1b2c3", jsonKey: "password"),
          .init(variable: "DEPLOY_KEY", secretID: "deploy-key"),
        ]),
      phases: [
        .preBuild: .init(commands: [
          "echo Logging in to Amazon ECR...",
          "aws ecr get-login-password --region $AWS_DEFAULT_REGION | docker login --username AWS --password-stdin "
            + "$REPOSITORY_URI",
          "COMMIT_HASH=$(echo $CODEBUILD_RESOLVED_SOURCE_VERSION | cut -c 1-7)", "IMAGE_TAG=${COMMIT_HASH:=latest}",
        ]),
        .build: .init(
          onFailure: .retry(count: 2, pattern: ".*toomanyrequests.*"),
          commands: [
            "docker build -t $REPOSITORY_URI:latest .",
            "docker tag $REPOSITORY_URI:latest $REPOSITORY_URI:$IMAGE_TAG",
          ]),
        .postBuild: .init(
          onFailure: .abort,
          commands: [
            "docker push $REPOSITORY_URI:$IMAGE_TAG",
            "printf '[{\"name\":\"app\",\"imageUri\":\"%s\"}]' $REPOSITORY_URI:$IMAGE_TAG > imagedefinitions.json",
            "echo \"pushed: $IMAGE_TAG\"",
          ]),
      ], artifacts: .init(primary: .init(files: ["imagedefinitions.json"]))),
    "shell-heavy.yml": Buildspec(
      version: .v02, runAs: "root",
      phases: [
        .install: .init(commands: [
          "export DEBIAN_FRONTEND=noninteractive", "apt-get install -y curl jq\n",
          "nohup /usr/local/bin/dockerd --host=unix:///var/run/docker.sock &",
          "timeout 15 sh -c \"until docker info; do echo .; sleep 1; done\"",
        ]),
        .preBuild: .init(
          runAs: "builder",
          commands: [
            "cat <<'END' > config.ini [main] END",
            """
            cat > script.sh <<'EOS'
            #!/bin/sh
              indented: "kept"
            EOS
            chmod +x script.sh
            """,
            "if [ -z \"$TAG\" ]; then echo \"no tag: stop\"; exit 1; fi", "cd sub && ls", "./script.sh",
          ]),
        .build: .init(
          commands: ["make -C sub"], finally: ["docker logs app > app.log 2>&1 || true", "kill %1"]),
      ]),
    "monorepo-secondary.yml": Buildspec(
      version: .v02,
      phases: [
        .build: .init(commands: ["for service in api web worker; do (cd services/$service && make); done"])
      ],
      artifacts: .init(
        primary: .init(files: ["manifest.json"]),
        secondary: [
          .init(
            identifier: "api", files: ["**/*"], name: "api-$VERSION", baseDirectory: "services/api/build"),
          .init(
            identifier: "web", files: ["**/*"], baseDirectory: "services/web/dist", excludePaths: ["**/*.map"],
            keepsSymlinks: true),
          .init(identifier: "worker", files: ["services/worker/{bin,lib}/**/*"], s3Prefix: "workers"),
        ])),
    "cdk.json": Buildspec(
      version: .v02,
      phases: [
        .install: .init(commands: ["npm install -g aws-cdk@2", "npm ci"]),
        .build: .init(commands: ["npm run build", "cdk synth -o dist -q"]),
      ], artifacts: .init(primary: .init(files: ["**/*"], baseDirectory: "dist"))),
    "batch-graph.yml": Buildspec(
      version: .v02,
      batch: .init(
        form: .graph([
          .init(
            identifier: "build_linux", buildspec: "specs/build_linux.yml",
            environment: .init(
              computeType: "BUILD_GENERAL1_LARGE",
              variables: [
                .init(name: "NODE_OPTIONS", value: "--max-old-space-size=8096"), .init(name: "CI", value: "true"),
              ])),
          .init(
            identifier: "lint", buildspec: "specs/lint.yml", dependsOn: ["build_linux"], ignoresFailure: true),
          .init(
            identifier: "test_a", buildspec: "specs/test.yml", hasDebugSession: true, dependsOn: ["build_linux"],
            environment: .init(
              type: "LINUX_CONTAINER",
              variables: [
                .init(name: "SUITE", value: "a"), .init(name: "NODE_OPTIONS", value: "--max-old-space-size=8096"),
                .init(name: "CI", value: "true"),
              ])),
          .init(identifier: "publish", buildspec: "specs/publish.yml", dependsOn: ["lint", "test_a"]),
        ]))),
    "batch-matrix.yml": Buildspec(
      version: .v02,
      batch: .init(
        failsFast: true,
        form: .matrix(
          .init(
            environment: .init(isPrivileged: true, type: "LINUX_CONTAINER"),
            images: ["aws/codebuild/standard:6.0", "aws/codebuild/standard:7.0"],
            variables: [.init(name: "RUST", values: ["stable", "1.70"])]))),
      phases: [.build: .init(commands: ["rustup default $RUST", "cargo test"])]),
    "anchors.yml": Buildspec(
      version: .v02,
      phases: [
        .install: .init(commands: ["pip install tox"]), .preBuild: .init(commands: ["pip install tox"]),
        .build: .init(onFailure: .abort, commands: ["pip install tox"]),
        .postBuild: .init(finally: ["pip install tox"]),
      ]),
    "bom.yml": Buildspec(version: .v02, phases: [.build: .init(commands: ["./gradlew build"])]),
    "utf-16.yml": Buildspec(version: .v02, phases: [.build: .init(commands: ["echo ü"])]),
    "duplicates.yml": Buildspec(version: .v02, phases: [.build: .init(commands: ["make second"])]),
    "version-01.yml": Buildspec(
      version: .v01,
      environment: .init(variables: [.init(name: "JAVA_HOME", value: "/usr/lib/jvm/java-8-openjdk-amd64")]),
      phases: [
        .install: .init(commands: ["apt-get update -y", "apt-get install -y maven"]),
        .preBuild: .init(commands: ["echo Nothing to do in the pre_build phase..."]),
        .build: .init(commands: ["echo Build started on `date`", "mvn install"]),
        .postBuild: .init(commands: ["echo Build completed on `date`"]),
      ], artifacts: .init(primary: .init(files: ["target/messageUtil-1.0.jar"], discardsPaths: true))),
  ]
}
